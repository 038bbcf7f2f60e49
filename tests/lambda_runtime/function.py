"""A Lambda function in a process of its own, laid out as Lambda lays it out."""

from __future__ import annotations

import os
import subprocess
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mistral_proto.cli import main
from tests.lambda_runtime.emulator import RuntimeAPI
from tests.package.pages import write_files

KEY = "from-the-environment"


def lay_out(folder: Path, server_url: str) -> tuple[Path, Path]:
    """Make the folders of the function and of a layer; nothing in them may be written."""
    task, layer = folder / "task", folder / "layer.zip"
    task.mkdir()
    write_files(task, "lambda_function.py", "streaming_runtime.py", server_url=server_url)
    assert main(["lambda-layer", "-o", str(layer), "--only", "client"]) == 0
    with zipfile.ZipFile(layer) as archive:
        archive.extractall(folder / "opt")
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return task, folder / "opt" / "python"


@contextmanager
def running(command: Sequence[str], folder: Path, server_url: str) -> Iterator[RuntimeAPI]:
    """Run the function of docs/embedding.md by a runtime, and give the API that this asks."""
    task, layer = lay_out(folder, server_url)
    api = RuntimeAPI()
    environment = {
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
    }
    thread = threading.Thread(target=api.server.serve_forever, args=(0.01,))
    thread.start()
    process = subprocess.Popen(command, cwd=task, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield api
        assert process.poll() is None, "the runtime has ended"
    finally:
        process.terminate()
        process.wait()
        api.waiting.put(None)  # for a request that is still open
        api.server.shutdown()
        thread.join()
        api.server.server_close()
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
