"""Docstrings as people write them: what comes first, and the parameters."""

from __future__ import annotations

import pytest

from mistral_proto.structured.docstrings import parse_docstring

CASES: dict[str, tuple[str | None, tuple[str, dict[str, str]]]] = {
    "none": (None, ("", {})),
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
    assert parse_docstring(text) == expected
