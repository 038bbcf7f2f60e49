"""The files of a copy: those of the package, less the parts that it goes without."""

from __future__ import annotations

from .parts import NEVER, left_out, part_of
from .public_names import without
from .sources import package_files

__all__ = ["files_of_a_copy"]


def files_of_a_copy(only: str | None = None) -> dict[str, bytes]:
    """The files of a copy, by their paths below its folder, in the order of these.

    Where a part is missing there is a module that says so when it is imported.

    Args:
        only: ``"types"`` or ``"client"``, as `parts.ONLY` has them; or all of it.

    >>> "client/mistral.py" in files_of_a_copy("client"), "client.py" in files_of_a_copy("types")
    (True, True)
    """
    files = {path: data for path, data in package_files().items() if not path.startswith(NEVER)}
    if only is None:
        return files
    gone = left_out(only, files)
    made = f"this copy was made with --only {only}"
    copied = {path: data for path, data in files.items() if part_of(path) not in gone}
    copied["__init__.py"] = without(gone, files["__init__.py"].decode(), f"; {made}").encode()
    for part in gone:
        copied[f"{part}.py"] = _MISSING.format(made=made).encode()
    return dict(sorted(copied.items()))


_MISSING = '''\
"""This part is not here."""

raise ImportError(f"{{__name__}} is not here: {made}")
'''
