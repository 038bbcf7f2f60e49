"""The reader of functions' docstrings: what one does, and what each parameter is.

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
_LINE_BELOW = re.compile(r"[-=]{3,}\s*")
_BULLET = re.compile(r"[-*+•]\s+")
# The name as it is, or marked up; perhaps with a type, which may have parentheses of its own.
_MARKUP = "*`\\\\"
_NAME = rf"[{_MARKUP}]*(\w+)[{_MARKUP}]*"
_GOOGLE_ITEM = re.compile(rf"(?:{_BULLET.pattern})?{_NAME}\s*(?:\(.*?\))?\s*:\s*(.*)")
_NUMPY_ITEM = re.compile(rf"({_NAME}(?:\s*,\s*{_NAME})*)\s*(?::.*)?")
# Not a role, as in :class:`Book`.
_FIELD = re.compile(r":(?!(?:[\w.+-]+:)+`)(\w+)\b([^:]*):\s*(.*)")
_FIELDS_OF_PARAMETERS = ("param", "parameter", "arg", "argument", "key", "keyword")


def parse_docstring(docstring: str | None) -> tuple[str, dict[str, str]]:
    """Return what comes before the first section, and the description of each parameter.

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
    # Where the line is: the summary, parameters as Google or NumPy writes them, a field of
    # reStructuredText, or elsewhere; and which parameters it goes on about.
    place = "summary"
    names: list[str] = []
    margin, bulleted = 0, True
    for line, below in zip(lines, [*lines[1:], ""]):
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        # Of a list in a description, unless the parameters are one themselves.
        is_bullet = indent > 0 and _BULLET.match(text) is not None
        is_numpy = line.strip().lower() in _HEADERS and _LINE_BELOW.fullmatch(below)
        if not indent and (is_numpy or (text[-1:] == ":" and text[:-1].lower() in _HEADERS)):
            is_about_them = text.rstrip(":").lower() in _PARAMETERS
            place = ("NumPy" if is_numpy else "Google") if is_about_them else "elsewhere"
            names, margin, bulleted = [], 0, True
        elif field := _FIELD.match(line):
            place = "field"
            # Perhaps with the type before the name.
            names = field[2].split()[-1:] if field[1] in _FIELDS_OF_PARAMETERS else []
            names = [name.strip(_MARKUP) for name in names]
            found.update({name: [field[3]] for name in names})
        elif place == "summary":
            if text.startswith(">>>"):
                place = "elsewhere"
            else:
                summary.append(line)
        elif place == "NumPy" and not indent:
            item = _NUMPY_ITEM.fullmatch(line)
            names = [name.strip(f" {_MARKUP}") for name in item[1].split(",")] if item else names
            found.update({name: [] for name in names if item})
        elif (
            place == "Google"
            and text
            and indent <= (margin := margin or indent)
            and (bulleted or not is_bullet)
        ):
            if indent < margin or not indent:  # prose again
                place, names = "elsewhere", []
            else:
                bulleted = is_bullet
                item = _GOOGLE_ITEM.fullmatch(text)
                names = [item[1]] if item else []
                found.update({name: [item[2]] for name in names if item})
        elif indent or not text:
            for name in names:
                found[name].append(text)
        else:
            names = []
    descriptions = {name: " ".join(" ".join(body).split()) for name, body in found.items()}
    return "\n".join(summary).strip(), {name: text for name, text in descriptions.items() if text}
