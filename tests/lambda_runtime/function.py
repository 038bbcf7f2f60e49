"""A Lambda function in a process of its own, laid out as Lambda lays it out."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mistral_proto.cli import main
from tests.lambda_runtime.emulator import RuntimeAPI
from tests.package.pages import write_files

KEY = "from-the-environment"


def lay_out(folder: Path, server_url: str) -> tuple[Path, Path]:
    """The function's own folder and that of a layer; nothing in them may be written."""
    task, unpacked = folder / "task", folder / "opt"
    task.mkdir()
    write_files(task, "lambda_function.py", "streaming_runtime.py", server_url=server_url)
    layer = folder / "layer.zip"
    assert main(["lambda-layer", "-o", str(layer), "--only", "client"]) == 0
    with zipfile.ZipFile(layer) as archive:
        archive.extractall(unpacked)
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return task, unpacked / "python"


@contextmanager
def running(
    command: Sequence[str], folder: Path, server_url: str, *, isolated: bool = True
) -> Iterator[RuntimeAPI]:
    """The Runtime API of a function that a runtime runs.

    `isolated` is whether the runtime sees nothing but the layer and the
    standard library.
    """
    task, layer = lay_out(folder, server_url)
    program, *arguments = command
    options = ["-S"] if isolated else []
    with RuntimeAPI() as api:
        process = subprocess.Popen(
            [program, *options, *arguments],
            cwd=task,
            env={
                "AWS_LAMBDA_RUNTIME_API": api.address,
                "AWS_LAMBDA_FUNCTION_NAME": "chat",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
                "AWS_REGION": "eu-west-3",
                "LAMBDA_TASK_ROOT": str(task),
                "MISTRAL_API_KEY": KEY,
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join([str(task), str(layer)]),
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONWARNINGS": "error",
                "TZ": ":UTC",
            },
            stdout=subprocess.DEVNULL,
        )
        try:
            yield api
            assert process.poll() is None, "the runtime has ended"
        finally:
            process.terminate()
            process.wait()
            for path in [folder, *folder.rglob("*")]:
                path.chmod(0o755)
