"""The files of a copy: those of the package, less the parts that it goes without."""

from __future__ import annotations

import re

from .parts import NEVER, OF_TESTING, left_out, part_of
from .public_names import without
from .sources import package_files

__all__ = ["files_of_a_copy"]


def files_of_a_copy(only: str | None = None, *, testing: bool = False) -> dict[str, bytes]:
    """The files of a copy, by their paths below its folder, in the order of these.

    Where a part is missing there is a module that says so when it is imported.

    Args:
        only: ``"types"`` or ``"client"``, as `parts.ONLY` has them; or all of it.
        testing: whether it has the server for tests.

    >>> "client/mistral.py" in files_of_a_copy("client"), "client.py" in files_of_a_copy("types")
    (True, True)
    """
    files = {path: data for path, data in package_files().items() if not path.startswith(NEVER)}
    gone = left_out(only, files, testing=testing)
    copied = {
        path: data
        for path, data in files.items()
        if part_of(path) not in gone and (testing or path not in OF_TESTING)
    }
    if gone:
        how = [f"with --only {only}"] * (only is not None) + ["without --testing"] * (not testing)
        made = f"this copy was made {' and '.join(how)}"
        copied["__init__.py"] = without(gone, files["__init__.py"].decode(), f"; {made}").encode()
        for part in gone:
            copied[f"{part}.py"] = _MISSING.format(made=made).encode()
    names = [*gone, *(path.rstrip("/").split("/")[-1].removesuffix(".py") for path in NEVER)]
    imports_it = re.compile(rf"^ +from \.+({'|'.join(names)})\b".encode(), re.MULTILINE)
    for path, data in copied.items():
        if imports_it.search(data):
            copied[path] = data + _UNCHECKED
    return dict(sorted(copied.items()))


_UNCHECKED = b"""
# Some of what is imported above is not in this copy, which is no error of yours.
# mypy: disable-error-code="import-not-found, no-any-return"
# pyright: reportMissingImports=false
"""


_MISSING = '''\
"""This part is not here."""

raise ImportError(f"{{__name__}} is not here: {made}")
'''
