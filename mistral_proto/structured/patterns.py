"""Regular expressions that may take exponential time, which are refused."""

from __future__ import annotations

import re
from typing import Any

try:
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # Python 3.10
    import sre_parse as parser

__all__ = ["check_pattern"]

_CATEGORIES = {
    "DIGIT": str.isdecimal,
    "SPACE": str.isspace,
    "WORD": lambda char: char.isalnum() or char == "_",
}


def check_pattern(pattern: str) -> None:
    """Refuse a pattern that is none, or that may take for ever to find that nothing matches.

    `re` tries every way to divide a text among the parts of a pattern.  So what is repeated
    may not itself vary, unless that is in one place, beside a character that nothing else
    in it can be: ``(-[a-z]+)*`` is taken, ``([a-z]+)*`` is not.  What is left takes time that
    grows as a power of the text's length.

    Raises:
        TypeError: the pattern is refused.

    >>> check_pattern("^[a-z]+(-[a-z]+)*$")
    >>> check_pattern("^(a+)+$")
    Traceback (most recent call last):
        ...
    TypeError: the pattern '^(a+)+$' repeats what itself varies, which may take for ever
    """
    try:
        tree = parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise TypeError(f"the pattern {pattern!r} is none: {error}") from None
    if _may_explode(tree):
        raise TypeError(
            f"the pattern {pattern!r} repeats what itself varies, which may take for ever"
        )


def _parts(node: Any) -> list[tuple[str, Any]]:
    """Return the parts right inside a part of a pattern: the name of each, and what it has."""
    if isinstance(node, parser.SubPattern):
        return [(str(name), argument) for name, argument in node]
    if isinstance(node, (list, tuple)):
        return [part for one in node for part in _parts(one)]
    return []


def _may_explode(node: Any) -> bool:
    return any(
        (name.endswith("REPEAT") and argument[1] > 1 and _is_ambiguous(argument[2]))
        or _may_explode(argument)
        for name, argument in _parts(node)
    )


def _is_ambiguous(body: Any) -> bool:
    """Return whether a text may be divided in several ways among turns of what is repeated."""
    leaves = _leaves(body, False)
    varying = sum(varies for varies, *_ in leaves)
    marks = [leaf for leaf in leaves if leaf[1] == "LITERAL" and not leaf[0]]
    return varying > 1 or (
        varying == 1
        and not any(
            all(leaf == mark or not _can_be(chr(mark[2]), *leaf[1:]) for leaf in leaves)
            for mark in marks
        )
    )


def _leaves(node: Any, varies: bool) -> list[tuple[bool, str, Any]]:
    """Return what stands for one character each, and whether its number, or choice, varies."""
    leaves: list[tuple[bool, str, Any]] = []
    for name, argument in _parts(node):
        if name.endswith("REPEAT"):
            leaves += _leaves(argument[2], varies or argument[0] != argument[1])
        elif name in ("SUBPATTERN", "ATOMIC_GROUP"):
            leaves += _leaves(argument, varies)
        elif name not in ("AT", "ASSERT", "ASSERT_NOT"):  # which stand for none
            leaves.append((varies or name.startswith(("BRANCH", "GROUPREF")), name, argument))
    return leaves


def _can_be(char: str, name: str, argument: Any) -> bool:
    """Return whether a character, in any case, is what one part of a pattern is for."""
    if name == "IN":
        items = [(str(one), what) for one, what in argument]
        negated = items[0][0] == "NEGATE"
        return negated or any(_can_be(char, *item) for item in items)
    codes = [ord(one) for one in {char, *char.lower(), *char.upper()}]
    if name == "LITERAL":
        return argument in codes
    if name == "RANGE":
        return any(argument[0] <= code <= argument[1] for code in codes)
    if name == "CATEGORY":
        *negated, category = str(argument).removeprefix("CATEGORY_").split("_")
        return bool(negated) != _CATEGORIES[category](char)
    return True
