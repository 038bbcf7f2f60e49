"""The program of docs/recipes.md that needs pydantic."""

from __future__ import annotations

from pathlib import Path

from mistral_proto.testing import MockServer
from tests.package.pages import output_of


def test_an_answer_as_a_pydantic_model(tmp_path: Path) -> None:
    with MockServer(['{"title": "Emma", "year": 1815}']) as server:
        printed = output_of(tmp_path, "pydantic_book.py", server_url=server.url)
    assert printed == "Book(title='Emma', year=1815)\n"
