"""A layer of AWS Lambda: a zip that is the same for the same version, parts and Python."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from .. import __version__
from .contents import files_of_a_copy
from .output import write_whole
from .record import RECORD, check_name, record_of
from .sources import LICENCE, EmbeddingError, licence
from .trial import try_it

__all__ = ["layer"]

# The runtime unpacks a layer here, where nothing can be written, and has this folder
# of it on its path.
_UNPACKED = "/opt/"
_FOLDER = "python"

# The byte code is not checked against its source: that costs a look at each file, and
# neither ever changes.  The order of a set's elements in it is that of their hashes.
_COMPILE = """
import json, py_compile, sys
for path in json.load(sys.stdin):
    py_compile.compile(
        path,
        dfile=sys.argv[1] + path,
        doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
"""


def layer(
    output: str | os.PathLike[str],
    *,
    name: str = "mistral_proto",
    only: str | None = None,
    testing: bool = False,
    byte_code: bool = True,
    force: bool = False,
) -> Path:
    """Write the layer to a file, in the place of an older one.

    Args:
        output: the file.
        name: the name by which the functions import the package.
        only: ``"types"`` or ``"client"`` for a layer with no more than that.
        testing: whether it has the server for tests.
        byte_code: whether it has byte code, for the version of the Python that
            runs this.  A Lambda function can't keep what it compiles.
        force: whether a file is given up that is no layer made here.

    Raises:
        EmbeddingError: the name can't be imported, what is there would be lost, the
            licence is missing, or what is in the layer does not work.
        OSError: it can't be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = layer(Path(folder, "layer.zip"), name="chat", only="types", byte_code=False)
    ...     sorted(zipfile.ZipFile(path).namelist())[:2]
    ['python/chat/LICENSE', 'python/chat/VENDORED.json']
    """
    path, package = Path(output), f"{_FOLDER}/{check_name(name)}"
    if path.exists() and not force and not _is_layer(path):
        raise EmbeddingError(f"{path} is there, and is no layer; --force gives it up")
    files = {**files_of_a_copy(only, testing=testing), LICENCE: licence()}
    files[RECORD] = record_of(files, only).to_json()
    with tempfile.TemporaryDirectory() as unpacked:
        root = Path(unpacked)
        for inside, data in files.items():
            file = root / package / inside
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        if byte_code:
            _compile(root, [f"{package}/{inside}" for inside in files if inside.endswith(".py")])
        try_it(root / _FOLDER, name, __version__)
        write_whole(path, _zipped(root))
    return path


def _is_layer(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return False
    return any(name.startswith(f"{_FOLDER}/") and name.endswith(f"/{RECORD}") for name in names)


def _compile(root: Path, paths: list[str]) -> None:
    """Compile files to byte code beside them, to the same bytes at every time and place."""
    if not sys.executable:
        raise EmbeddingError("there is no Python to compile with")
    subprocess.run(
        [sys.executable, "-s", "-S", "-B", "-c", _COMPILE, _UNPACKED],
        input=json.dumps(paths).encode(),
        cwd=root,
        env={"PYTHONHASHSEED": "0"},
        check=True,
    )


def _zipped(root: Path) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for file in sorted(path for path in root.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(root).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, file.read_bytes())
    return written.getvalue()
