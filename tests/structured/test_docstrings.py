"""Docstrings as people write them: the summary and the parameters."""

from __future__ import annotations

from mistral_proto.structured.docstrings import parse_docstring

PARAMETERS = [
    "a",
    "b",
    "c",
    "d",
    "n",
    "mode",
    "city",
    "unit",
    "days",
    "more",
    "lat",
    "lon",
    "empty",
]
# A docstring, its summary and the parameters' descriptions.
CASES: list[tuple[str | None, str, dict[str, str]]] = [
    (None, "", {}),
    (":" + "a" * 10**5, ":" + "a" * 10**5, {}),
    ("Do.\n\n    Of a city, not\n    of a country.\n", "Do.\n\nOf a city, not\nof a country.", {}),
    (
        "Do.\n\nNote that: this is prose.\nReturns no",
        "Do.\n\nNote that: this is prose.\nReturns no",
        {},
    ),
    ("Do.\n\n>>> do()\n3", "Do.", {}),
    ("Do.\n\nArgs:\n\nReturns:\n    It.", "Do.", {}),
    (
        """Google's style, with types and prose.

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
        Not of it: at all.
        b is not one.
            c: Nor this.

        Returns:
            a: in degrees.

        Raises:
            ValueError: city: no such city.
        """,
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
        """A list in a description, and names in Markdown.

        Arguments:
            `mode`: One of:
            - fast: at once.
            - slow: later.
                * or never.

            ``b`` (int): Two.
            \\*c: Three.
        - End.
            a: Not here.
        """,
        "A list in a description, and names in Markdown.",
        {"mode": "One of: - fast: at once. - slow: later. * or never.", "b": "Two.", "c": "Three."},
    ),
    (
        """A list of parameters.

        Args:
            - a (int): One.
            * `b`: Two,
              - more.
            - **c** (int): `Three`.
        """,
        "A list of parameters.",
        {"a": "One.", "b": "Two, - more.", "c": "`Three`."},
    ),
    (
        """NumPy's style.

        Parameters
        ----------
        city : str
            The city,
            by name.

        lat, *lon : float
            - Where.
        unit
            C or F.
        `d` : list(tuple(int, str)), optional
            Four.
        empty : int

        Returns
        -------
        str
            It.
        """,
        "NumPy's style.",
        {
            "city": "The city, by name.",
            "lat": "- Where.",
            "lon": "- Where.",
            "unit": "C or F.",
            "d": "Four.",
        },
    ),
    (
        """reStructuredText.

        :class:`Book` is read, as
        :py:func:`open` does.

        :param city: The city,
            by :meth:`name`.
        :param str unit: :class:`Unit`
        :param `a`: One.
        :param \\**more: Seven.
        :param b:`c`: Two.
        :type city: str
        :raises ValueError: where there is none.
        :param: nothing.
        :returns: It.
        More.
        """,
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
