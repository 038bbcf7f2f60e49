"""The package in one file, which can be imported, or run beside a script."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from .. import __version__
from .contents import files_of_a_copy
from .output import write_whole
from .public_names import for_one_file
from .record import check_name, digest
from .sources import EmbeddingError, licence, package_files
from .trial import try_it

__all__ = ["bundle", "bundle_text", "literal"]

_HEADER = """\
# mistral_proto {version} in one file: Mistral's chat protocol on the standard library alone.
#
# Import it as any module (`from chat_core import Mistral`, `from chat_core.sse import …`), or run
# it (`python chat_core.py --help`). It needs Python 3.10 or newer, and nothing else.
#
# Made by `python -m mistral_proto bundle{options}`, which also updates it. Edits are told by
# the checksum of what follows it, and are lost by an update.
#
# SPDX-License-Identifier: Apache-2.0 (its text is at the end)
{checksum}"""
_CHECKSUM = "# sha256: "

_RUN = """
if _RUNS:
    try:
        from .cli import main
    except ImportError as error:
        raise SystemExit(str(error)) from None
    raise SystemExit(main())
"""


def bundle(
    output: str | os.PathLike[str],
    *,
    only: str | None = None,
    testing: bool = False,
    force: bool = False,
) -> Path:
    """Write the bundle to a file, in the place of an older one.

    Args:
        output: the file; its name is that of the module, and ends in ``.py``.
        only: ``"types"`` or ``"client"`` for a bundle with no more than that.
        testing: whether it has the server for tests.
        force: whether a file is given up that is no bundle, or was edited.

    Raises:
        EmbeddingError: the name can't be imported, what is there would be lost, the
            licence is missing, or the bundle does not work.
        OSError: it can't be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     bundle(Path(folder, "chat_core.py"), only="types").name
    'chat_core.py'
    """
    path = Path(output)
    if path.suffix != ".py":
        raise EmbeddingError(f"{path}: the name of a bundle ends in .py")
    name = check_name(path.stem)
    if path.exists() and not force:
        _check_unedited(path)
    data = bundle_text(only, testing=testing).encode()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, path.name).write_bytes(data)
        try_it(Path(folder), name, __version__)
    write_whole(path, data)
    return path


def _check_unedited(path: Path) -> None:
    before, checksum, after = path.read_bytes().decode(errors="replace").partition(_CHECKSUM)
    recorded, _, text = after.partition("\n")
    if not checksum or not before.startswith("# mistral_proto "):
        raise EmbeddingError(f"{path} is there, and is no bundle; --force gives it up")
    if recorded.strip() != digest(text.encode()):
        raise EmbeddingError(f"{path} was edited since it was made; --force overwrites it")


def bundle_text(only: str | None = None, *, testing: bool = False) -> str:
    """The text of the bundle: the same for the same version and parts.

    Below the header there are the loader, the source of each module as a string,
    and the package's own `__init__`.
    """
    files = files_of_a_copy(only, testing=testing)
    doc, names = _after_docstring(files.pop("__init__.py").decode())
    _, loader = _after_docstring(package_files()["embedding/bundle_modules.py"].decode())
    sources = {path: data.decode() for path, data in files.items() if path.endswith(".py")}
    parts = [
        doc,
        loader.strip("\n"),
        "\n_SOURCES = {\n"
        + "".join(f'"{path}": {literal(text)},\n' for path, text in sources.items())
        + "}\n_RUNS = start(globals(), _SOURCES)",
        for_one_file(names).strip("\n"),
        _RUN.strip("\n"),
        "\n".join(f"# {line}".rstrip() for line in licence().decode().split("\n")),
    ]
    text = "\n\n".join(parts) + "\n"
    options = (f" --only {only}" if only else "") + " --testing" * testing
    header = _HEADER.format(version=__version__, options=options, checksum=_CHECKSUM)
    return f"{header}{digest(text.encode())}\n{text}"


def _after_docstring(source: str) -> tuple[str, str]:
    """A module's docstring, and the text after it."""
    doc, end, rest = source.partition('"""\n')
    return doc + end.strip(), rest


def literal(text: str) -> str:
    """A text as a literal of Python, as readable as can be.

    >>> print(literal("one\\n"), literal("a lone line"))
    r'''one
    ''' 'a lone line'
    """
    if not text.endswith("\n") or "\r" in text:
        return repr(text)
    for quotes in ("'''", '"""'):
        if quotes not in text:
            return f"r{quotes}{text}{quotes}"
    escaped = text.replace("\\", "\\\\").replace("'''", "\\'\\'\\'")
    return f"'''{escaped}'''"
