"""What a function's docstring says: what it does, and what each parameter is.

Google's, NumPy's and reStructuredText's way of writing parameters are read.
"""

from __future__ import annotations

import re
from inspect import cleandoc

__all__ = ["parse_docstring"]

# Google's headers, with the colon, and NumPy's, with a line below.
_PARAMETERS = ("args", "arguments", "parameters", "params", "keyword args", "keyword arguments")
_HEADERS = (
    *_PARAMETERS,
    *("attributes", "example", "examples", "note", "notes", "other parameters", "raises"),
    *("references", "return", "returns", "see also", "todo", "warning", "warnings", "warns"),
    *("yield", "yields"),
)
_GOOGLE_ITEM = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)")
_NUMPY_ITEM = re.compile(r"(\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::.*)?")
_FIELD = re.compile(r":(\w+)\s*([^:]*):\s*(.*)")
_FIELDS_OF_PARAMETERS = ("param", "parameter", "arg", "argument", "key", "keyword")


def parse_docstring(docstring: str | None) -> tuple[str, dict[str, str]]:
    """What comes before the first section, and the description of each parameter.

    >>> parse_docstring('''Tell the weather.
    ...
    ... Args:
    ...     city: The city,
    ...         by name.
    ... ''')
    ('Tell the weather.', {'city': 'The city, by name.'})
    """
    lines = cleandoc(docstring or "").splitlines()
    summary: list[str] = []
    found: dict[str, list[str]] = {}
    number = 0
    in_summary = True
    while number < len(lines):
        line = lines[number]
        header, below = _header(lines, number)
        if header is not None:
            in_summary = False
            number += 2 if below else 1
            end = _end_of_section(lines, number)
            if header in _PARAMETERS:
                (_read_numpy if below else _read_google)(lines[number:end], found)
            number = end
            continue
        number += 1
        field = _FIELD.match(line)
        if field is not None:
            in_summary = False
            body = [field[3]]
            while number < len(lines) and lines[number].startswith((" ", "\t")):
                body.append(lines[number])
                number += 1
            words = field[2].split()  # perhaps with the type before the name
            if field[1] in _FIELDS_OF_PARAMETERS and words:
                found[words[-1].lstrip("*")] = body
        elif line.startswith(">>>"):
            in_summary = False
        elif in_summary:
            summary.append(line)
    descriptions = {name: " ".join(" ".join(body).split()) for name, body in found.items()}
    return "\n".join(summary).strip(), {name: text for name, text in descriptions.items() if text}


def _header(lines: list[str], number: int) -> tuple[str | None, bool]:
    """The name of the section that begins at a line, and whether a line is drawn below it."""
    line = lines[number].rstrip()
    below = lines[number + 1].strip() if number + 1 < len(lines) else ""
    if line.lower() in _HEADERS and len(below) >= 3 and not below.strip("-="):
        return line.lower(), True
    if line.endswith(":") and line[:-1].lower() in _HEADERS:
        return line[:-1].lower(), False
    return None, False


def _end_of_section(lines: list[str], number: int) -> int:
    """Where the next section, or field, begins."""
    while number < len(lines):
        if _header(lines, number)[0] is not None or _FIELD.match(lines[number]):
            break
        number += 1
    return number


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _read_google(lines: list[str], found: dict[str, list[str]]) -> None:
    written = [line for line in lines if line.strip()]
    margin = _indent(written[0]) if written else 0
    name = ""
    for line in written:
        if _indent(line) < margin:
            break  # prose again
        item = _GOOGLE_ITEM.fullmatch(line.strip()) if _indent(line) == margin else None
        if item is not None:
            name = item[1]
            found[name] = [item[2]]
        elif name and _indent(line) > margin:
            found[name].append(line)
        else:
            name = ""


def _read_numpy(lines: list[str], found: dict[str, list[str]]) -> None:
    names: list[str] = []
    for line in lines:
        item = _NUMPY_ITEM.fullmatch(line) if not _indent(line) else None
        if item is not None:
            names = [name.strip(" *") for name in item[1].split(",")]
            for name in names:
                found[name] = []
        elif line.strip() and _indent(line):
            for name in names:
                found[name].append(line)
