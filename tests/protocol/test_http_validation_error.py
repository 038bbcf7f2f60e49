"""The body of a 422 answer."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import HTTPValidationErrorData, ValidationError
from mistral_proto.errors import Path

DETAIL: dict[str, Any] = {"loc": ["body", "messages", 0], "msg": "no", "type": "missing"}


@pytest.mark.parametrize(
    "document",
    [
        {"detail": []},
        {"detail": [DETAIL]},
        {"detail": [{**DETAIL, "input": "a", "ctx": {"gt": 0}}, {**DETAIL, "input": [1, {}]}]},
        {"detail": [{**DETAIL, "url": "https://example.com"}], "request_id": "r"},
    ],
    ids=["empty", "one", "with input", "unknown fields"],
)
def test_an_answer_is_kept_whole(document: dict[str, Any]) -> None:
    data = HTTPValidationErrorData.from_dict(document)
    assert data.to_dict() == document
    assert HTTPValidationErrorData.from_json(data.to_json()) == data


def test_the_parts_of_an_answer() -> None:
    detail = {**DETAIL, "input": 0, "ctx": {"gt": 0}}
    [found] = HTTPValidationErrorData.from_dict({"detail": [detail]}).detail

    assert found.loc == ["body", "messages", 0]
    assert (found.msg, found.type, found.input, found.ctx) == ("no", "missing", 0, {"gt": 0})
    assert HTTPValidationErrorData.from_dict({}).detail == []


@pytest.mark.parametrize(
    ("document", "path", "kind"),
    [
        ({"detail": "Not Found"}, ("detail",), "list_type"),
        ({"detail": ["no"]}, ("detail", 0), "dict_type"),
        ({"detail": [{**DETAIL, "loc": "body"}]}, ("detail", 0, "loc"), "list_type"),
        ({"detail": [{**DETAIL, "loc": [None]}]}, ("detail", 0, "loc", 0), "union_type"),
        ({"detail": [{"loc": [], "type": "a"}]}, ("detail", 0, "msg"), "missing"),
        ({"detail": [{**DETAIL, "ctx": []}]}, ("detail", 0, "ctx"), "dict_type"),
    ],
    ids=["string", "list of strings", "loc a string", "loc of null", "no msg", "ctx a list"],
)
def test_an_answer_of_another_shape(document: Any, path: Path, kind: str) -> None:
    assert HTTPValidationErrorData.from_dict(document).to_dict() == document
    with pytest.raises(ValidationError) as caught:
        HTTPValidationErrorData.from_dict(document, strict=True)
    [problem] = caught.value.problems
    assert (problem.path, problem.type) == (path, kind)
