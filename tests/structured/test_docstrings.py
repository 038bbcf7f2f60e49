"""Docstrings as people write them: the summary and the parameters."""

from __future__ import annotations

from mistral_proto.structured.docstrings import parse_docstring

PARAMETERS = "a b c d n mode city lat lon unit empty more".split()
PROSE = "Do.\n\n    Note that: this is prose.\n    Returns no"
GOOGLE = """Google's style, with types and prose.

- This: first.

Args:
    a (str): The city: by name,
        in English.
    b (list(tuple(int, str)), optional): One (or none): of those.
    c (Callable[[int], str] = (lambda x: "")): Three.
    d (int (or so): Four.

    *more: Others.
    n (:class:`Book`): How many.
      Note: At most 7.
      - n: not that one.
    no item, though indented like one
        nor this
b is not one.
    c: Nor this.

Returns:
    a: in degrees.
"""
LISTS = r"""A list in a description, and names in Markdown.

Arguments:
    `mode`: One of:
    - fast: at once.
        * or never.

    - ``b`` (int): Two,
      - more.
    * \*c: `Three`.
- End.
    a: Not here.
"""
NUMPY = """NumPy's style.

Parameters
----------
city : str
    The city,
    by name.

lat, *lon : float
    - Where.
`d` : list(tuple(int, str)), optional
    Four.
empty : int

Returns
-------
a
    It.
"""
FIELDS = r"""reStructuredText.

:class:`Book` is read, as
:py:func:`open` does.

:param city: The city,
    by :meth:`name`.
:param str unit: :class:`Unit`
:param `a`: One.
:param \**more: Seven.
:param b:`c`: Two.
:type city: str
:raises ValueError: where there is none.
:param: nothing.
:returns: It.
More.
"""
# A docstring, its summary and the parameters' descriptions.
CASES: list[tuple[str | None, str, dict[str, str]]] = [
    (None, "", {}),
    (":" + "a" * 10**5, ":" + "a" * 10**5, {}),
    (PROSE, PROSE.replace("    ", ""), {}),
    ("Do.\n\n>>> do()\n3\n\nArgs:\n\nReturns:\n    It.", "Do.", {}),
    (
        GOOGLE,
        "Google's style, with types and prose.\n\n- This: first.",
        {
            "a": "The city: by name, in English.",
            "b": "One (or none): of those.",
            "c": "Three.",
            "d": "Four.",
            "more": "Others.",
            "n": "How many. Note: At most 7. - n: not that one.",
        },
    ),
    (
        LISTS,
        "A list in a description, and names in Markdown.",
        {"mode": "One of: - fast: at once. * or never.", "b": "Two, - more.", "c": "`Three`."},
    ),
    (
        NUMPY,
        "NumPy's style.",
        {"city": "The city, by name.", "lat": "- Where.", "lon": "- Where.", "d": "Four."},
    ),
    (
        FIELDS,
        "reStructuredText.\n\n:class:`Book` is read, as\n:py:func:`open` does.",
        {
            "city": "The city, by :meth:`name`.",
            "unit": ":class:`Unit`",
            "a": "One.",
            "more": "Seven.",
            "b": "`c`: Two.",
        },
    ),
    ("Both.\n\nArgs:\n    a: One.\n:param b: Two.", "Both.", {"a": "One.", "b": "Two."}),
]


def test_docstrings() -> None:
    for docstring, summary, descriptions in CASES:
        assert parse_docstring(docstring, PARAMETERS) == (summary, descriptions)
