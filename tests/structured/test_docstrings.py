"""Docstrings as people write them: what comes first, and the parameters."""

from __future__ import annotations

import pytest

from mistral_proto.structured.docstrings import parse_docstring

CASES: dict[str, tuple[str | None, tuple[str, dict[str, str]]]] = {
    "none": (None, ("", {})),
    "no field": (":" + "a" * 10**5, (":" + "a" * 10**5, {})),
    "a line": ("Tell the weather.", ("Tell the weather.", {})),
    "paragraphs": (
        """Tell the weather.

        Of a city, not
        of a country: that has many.
        """,
        ("Tell the weather.\n\nOf a city, not\nof a country: that has many.", {}),
    ),
    "google": (
        """Tell the weather.

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
        (
            "Tell the weather.",
            {
                "city": "The city: by name, in English.",
                "unit": "C or F.",
                "more": "Others.",
                "days": "How many. Note: At most 7.",
            },
        ),
    ),
    "google, prose below": (
        """Do.

        Arguments:
            a: One.
            no item, though indented like one
                nor this
        Not of it: at all.
        b is not one.
            c: Nor this.
        """,
        ("Do.", {"a": "One."}),
    ),
    "google, empty": ("Do.\n\nArgs:\n\nReturns:\n    It.", ("Do.", {})),
    "numpy": (
        """Tell the weather.

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
        (
            "Tell the weather.",
            {"city": "The city, by name.", "lat": "Where.", "lon": "Where.", "unit": "C or F."},
        ),
    ),
    "types with parentheses": (
        """Do.

        Args:
            a (list(tuple(int, str)), optional): One (or none): of those.
            b (Callable[[int], str] = (lambda x: "")): Two.
            c (int (or so): Three.
            d (:class:`Book`): Four.
        """,
        ("Do.", {"a": "One (or none): of those.", "b": "Two.", "c": "Three.", "d": "Four."}),
    ),
    "a list in a description": (
        """Do.

        - This: first.

        Args:
            mode: One of:
            - fast: at once.
            - slow: later.
                * or never.

            n: How many.
              - n: not that one.
        - End.
            x: Not here.
        """,
        (
            "Do.\n\n- This: first.",
            {
                "mode": "One of: - fast: at once. - slow: later. * or never.",
                "n": "How many. - n: not that one.",
            },
        ),
    ),
    "a list of parameters": (
        """Do.

        Args:
            - a (int): One.
            * `b`: Two,
              - more.
            - **c** (int): `Three`.
        """,
        ("Do.", {"a": "One.", "b": "Two, - more.", "c": "`Three`."}),
    ),
    "marked up": (
        """Do.

        Args:
            `a`: One.
            ``b`` (int): Two.
            \\*c: Three.

        Parameters
        ----------
        `d` : list(tuple(int, str)), optional
            Four.
        e, *f
            - Five.

        :param `g`: Six.
        :param \\**h: Seven.
        """,
        (
            "Do.",
            {
                "a": "One.",
                "b": "Two.",
                "c": "Three.",
                "d": "Four.",
                "e": "- Five.",
                "f": "- Five.",
                "g": "Six.",
                "h": "Seven.",
            },
        ),
    ),
    "roles": (
        """Do.

        :class:`Book` is read, as
        :py:func:`open` does.

        :param a: :class:`Book`
            :meth:`read`
        :param b:`c`: Two.

        :class:`Book` again.
        """,
        (
            "Do.\n\n:class:`Book` is read, as\n:py:func:`open` does.",
            {"a": ":class:`Book` :meth:`read`", "b": "`c`: Two."},
        ),
    ),
    "rest": (
        """Tell the weather.

        :param city: The city,
            by name.
        :param str unit: C or F.
        :type city: str
        :raises ValueError: where there is none.
        :param: nothing.
        :returns: It.
        More.
        """,
        ("Tell the weather.", {"city": "The city, by name.", "unit": "C or F."}),
    ),
    "rest after google": (
        """Do.

        Args:
            a: One.
        :param b: Two.
        """,
        ("Do.", {"a": "One.", "b": "Two."}),
    ),
    "an example": (
        """Do.

        >>> do()
        3
        """,
        ("Do.", {}),
    ),
    "a word that is a header elsewhere": (
        """Parameters are read.

        Note that: this is prose.
        Returns nothing
        """,
        ("Parameters are read.\n\nNote that: this is prose.\nReturns nothing", {}),
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_a_docstring(text: str | None, expected: tuple[str, dict[str, str]]) -> None:
    assert parse_docstring(text, [*expected[1], "empty"]) == expected
