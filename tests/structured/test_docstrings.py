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
CASES: list[tuple[str | None, str, dict[str, str]]] = [
    (None, "", {}),
    (":" + "a" * 10**5, ":" + "a" * 10**5, {}),
    ("Tell the weather.", "Tell the weather.", {}),
    (
        """Tell the weather.

        Of a city, not
        of a country: that has many.
        """,
        "Tell the weather.\n\nOf a city, not\nof a country: that has many.",
        {},
    ),
    (
        """Google's style.

        Args:
            city (str): The city: by name,
                in English.
            unit (str, optional): C or F.

            *more: Others.
            days: How many.
              Note: At most 7.

        Returns:
            temperature: in degrees.

        Raises:
            ValueError: city: no such city.
        """,
        "Google's style.",
        {
            "city": "The city: by name, in English.",
            "unit": "C or F.",
            "more": "Others.",
            "days": "How many. Note: At most 7.",
        },
    ),
    (
        """Prose after the parameters.

        Arguments:
            a: One.
            no item, though indented like one
                nor this
        Not of it: at all.
        b is not one.
            c: Nor this.
        """,
        "Prose after the parameters.",
        {"a": "One."},
    ),
    ("Empty.\n\nArgs:\n\nReturns:\n    It.", "Empty.", {}),
    (
        """NumPy's style.

        Parameters
        ----------
        city : str
            The city,
            by name.

        lat, lon : float
            Where.
        unit
            C or F.
        empty : int

        Returns
        -------
        str
            It.
        """,
        "NumPy's style.",
        {"city": "The city, by name.", "lat": "Where.", "lon": "Where.", "unit": "C or F."},
    ),
    (
        """Types with parentheses.

        Args:
            a (list(tuple(int, str)), optional): One (or none): of those.
            b (Callable[[int], str] = (lambda x: "")): Two.
            c (int (or so): Three.
            d (:class:`Book`): Four.
        """,
        "Types with parentheses.",
        {"a": "One (or none): of those.", "b": "Two.", "c": "Three.", "d": "Four."},
    ),
    (
        """A list in a description.

        - This: first.

        Args:
            mode: One of:
            - fast: at once.
            - slow: later.
                * or never.

            n: How many.
              - n: not that one.
        - End.
            a: Not here.
        """,
        "A list in a description.\n\n- This: first.",
        {
            "mode": "One of: - fast: at once. - slow: later. * or never.",
            "n": "How many. - n: not that one.",
        },
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
        """Marked up.

        Args:
            `a`: One.
            ``b`` (int): Two.
            \\*c: Three.

        Parameters
        ----------
        `d` : list(tuple(int, str)), optional
            Four.
        n, *mode
            - Five.

        :param `city`: Six.
        :param \\**more: Seven.
        """,
        "Marked up.",
        {
            "a": "One.",
            "b": "Two.",
            "c": "Three.",
            "d": "Four.",
            "n": "- Five.",
            "mode": "- Five.",
            "city": "Six.",
            "more": "Seven.",
        },
    ),
    (
        """Roles.

        :class:`Book` is read, as
        :py:func:`open` does.

        :param a: :class:`Book`
            :meth:`read`
        :param b:`c`: Two.

        :class:`Book` again.
        """,
        "Roles.\n\n:class:`Book` is read, as\n:py:func:`open` does.",
        {"a": ":class:`Book` :meth:`read`", "b": "`c`: Two."},
    ),
    (
        """reStructuredText.

        :param city: The city,
            by name.
        :param str unit: C or F.
        :type city: str
        :raises ValueError: where there is none.
        :param: nothing.
        :returns: It.
        More.
        """,
        "reStructuredText.",
        {"city": "The city, by name.", "unit": "C or F."},
    ),
    ("Both.\n\nArgs:\n    a: One.\n:param b: Two.", "Both.", {"a": "One.", "b": "Two."}),
    ("An example.\n\n>>> do()\n3", "An example.", {}),
    (
        """Parameters are read.

        Note that: this is prose.
        Returns nothing
        """,
        "Parameters are read.\n\nNote that: this is prose.\nReturns nothing",
        {},
    ),
]


def test_docstrings() -> None:
    for docstring, summary, descriptions in CASES:
        assert parse_docstring(docstring, PARAMETERS) == (summary, descriptions)
