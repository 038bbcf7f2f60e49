"""The reader of docstrings: the description of a function and of each parameter.

It reads parameters in the styles of Google, NumPy and reStructuredText.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from inspect import cleandoc

_PARAMETERS = ("args", "arguments", "parameters", "params", "keyword args", "keyword arguments")
_HEADERS = (
    *_PARAMETERS,
    *("attributes", "example", "examples", "note", "notes", "other parameters", "raises"),
    *("references", "return", "returns", "see also", "todo", "warning", "warnings", "warns"),
    *("yield", "yields"),
)
_UNDERLINE = re.compile(r"[-=]{3,}\s*")
_BULLET = re.compile(r"[-*+•]\s+")
# A name, perhaps marked up; perhaps with a type, which may have parentheses of its own.
_MARKUP = "*`\\\\"
_NAME = rf"[{_MARKUP}]*\w+[{_MARKUP}]*"
_GOOGLE_ITEM = re.compile(rf"(?:{_BULLET.pattern})?({_NAME})\s*(?:\(.*?\))?\s*:\s*(.*)")
_NUMPY_ITEM = re.compile(rf"({_NAME}(?:\s*,\s*{_NAME})*)\s*(?::.*)?()")
# Not a role, as in :class:`Book`.
_FIELD = re.compile(r":(?!(?:[\w.+-]+:)+`)(\w+)\b([^:]*):\s*(.*)")
_PARAMETER_FIELDS = ("param", "parameter", "arg", "argument", "key", "keyword")


def parse_docstring(
    docstring: str | None, parameters: Collection[str]
) -> tuple[str, dict[str, str]]:
    """Return the text before the first section, and the descriptions of the parameters.

    >>> parse_docstring('''Tell the weather.
    ...
    ... Args:
    ...     city: The city,
    ...         by name.
    ... ''', ["city"])
    ('Tell the weather.', {'city': 'The city, by name.'})
    """
    lines = cleandoc(docstring or "").splitlines()
    summary: list[str] = []
    found: dict[str, list[str]] = {}
    item: re.Pattern[str] | None = None  # of a section of parameters
    in_summary, margin = True, -1
    names: list[str] = []  # of the parameters that the line may go on about
    for line, below in zip(lines, [*lines[1:], ""]):
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        field = _FIELD.match(line)
        is_numpy = _UNDERLINE.fullmatch(below) is not None
        header = text.lower() if is_numpy else text[:-1].lower() if text.endswith(":") else ""
        if not indent and header in _HEADERS:
            in_summary, margin, names = False, -1, []
            item = _NUMPY_ITEM if is_numpy else _GOOGLE_ITEM
            item = item if header in _PARAMETERS else None
        elif field:
            in_summary, item = False, None
            # The type may stand before the name.
            names = field[2].split()[-1:] if field[1] in _PARAMETER_FIELDS else []
            names = [name.strip(_MARKUP) for name in names]
            found.update({name: [field[3]] for name in names})
        elif in_summary and not text.startswith(">>>"):
            summary.append(line)
        elif item and text and indent <= (margin if margin >= 0 else indent):
            margin = indent if margin < 0 else margin
            if indent < margin or (item is _GOOGLE_ITEM and not indent):  # prose again
                item, names = None, []
                continue
            match = item.fullmatch(text)
            known = [name.strip(f" {_MARKUP}") for name in match[1].split(",")] if match else []
            known = [name for name in known if name in parameters]
            if known and match:
                names = known
                found.update({name: [match[2]] for name in names})
            elif _BULLET.match(text) and indent:
                for name in names:
                    found[name].append(text)
            else:
                names = []
        elif indent or not text:
            for name in names:
                found[name].append(text)
        else:
            in_summary, names = False, []
    descriptions = {name: " ".join(" ".join(body).split()) for name, body in found.items()}
    return "\n".join(summary).strip(), {name: text for name, text in descriptions.items() if text}
