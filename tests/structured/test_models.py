"""Pydantic models, and classes with their methods: schemas and reading."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Annotated, Any, Union

import pytest

from mistral_proto import (
    ChatCompletionResponse,
    ParsedContentError,
    ValidationError,
    read_json,
    response_format_from_pydantic_model,
    response_format_from_type,
)
from mistral_proto.structured.parsed import parsed_response
from tests.structured.models import (
    Film,
    Model,
    Names,
    Node,
    Of1815,
    OfPython,
    Series,
    Shelf,
    Unfinished,
    Unfit,
)
from tests.structured.samples import problems, read, schema

EMMA = {"title": "Emma"}


@dataclass
class Both:
    model: Model
    names: Names | None = None
    films: list[Film] = field(default_factory=list, metadata={"description": "In order."})


def completion(*contents: str) -> ChatCompletionResponse:
    choices = [{"index": at, "message": {"content": text}} for at, text in enumerate(contents)]
    return ChatCompletionResponse.from_dict({"model": "m", "choices": choices})


def test_response_formats() -> None:
    assert response_format_from_pydantic_model is response_format_from_type
    for model in (Model, Shelf, Node, Names):
        own = json.dumps(model.model_json_schema())
        closed = own.replace('"type": "object"', '"type": "object", "additionalProperties": false')
        for _ in range(2):
            made: Any = response_format_from_type(model).json_schema
            assert (made.name, made.strict) == (model.__name__, True)
            # No object is open, not even a dict.
            assert made.schema == json.loads(closed, object_pairs_hook=last_wins)
            made.schema["type"] = "null"  # which changes no other schema


def last_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    return {**named, "additionalProperties": False} if "additionalProperties" in named else named


def test_definitions() -> None:
    whole = schema(Union[Annotated[Shelf, "Books."], list[Film], None])
    assert whole["anyOf"][0] == {"$ref": "#/$defs/Shelf", "description": "Books."}
    assert whole["anyOf"][1] == {"type": "array", "items": {"$ref": "#/$defs/Film"}}
    shelf, node = Shelf.model_json_schema(), Node.model_json_schema()
    parts = shelf.pop("$defs")
    closed = {"additionalProperties": False}
    assert whole["$defs"] == {
        "Film": {**Film.model_json_schema(), **closed},  # once
        "Pair": parts["Pair"],
        "Shelf": {**shelf, **closed},  # in which a dict takes any key
    }
    node["$defs"]["Node"].update(closed)
    assert schema(Node) == node

    # Other parts of the same names.
    defs = schema(Union[Series, Shelf])["$defs"]
    assert (defs["Film"]["type"], defs["Film2"]["type"]) == ("string", "object")
    for name, film, pair in (("Series", "Film", "Pair"), ("Shelf", "Film2", "Pair2")):
        first = defs[name]["properties"]["first"]
        assert first["oneOf"] == [{"$ref": f"#/$defs/{film}"}]
        assert first["discriminator"]["mapping"] == {"film": f"#/$defs/{film}"}
        assert defs[name]["properties"]["pairs"]["items"] == {"$ref": f"#/$defs/{pair}"}
        assert defs[pair]["prefixItems"] == [{"$ref": f"#/$defs/{film}"}] * 2
    # A model may have the name of a part of its own.
    double: Any = type("Film", (Series,), {})
    defs = schema(Union[double, Series])["$defs"]
    assert {*defs} == {"Film", "Film2", "Pair", "Series"}
    assert defs["Film"]["properties"]["first"]["oneOf"] == [{"$ref": "#/$defs/Film2"}]
    assert defs["Film2"] == {"type": "string"}


FITS: list[tuple[Any, Any, Any]] = [
    (Model, EMMA, Model(EMMA)),
    (OfPython, EMMA, Model(EMMA)),
    (list[Model], [EMMA, EMMA], [Model(EMMA)] * 2),
    (dict[str, Names], {"a": ["b"]}, {"a": Names(["b"])}),
    (Names | None, None, None),
    (Both, {"model": EMMA, "names": [], "films": [EMMA]}, Both(Model(EMMA), Names([]), [Film(EMMA)])),
    # The first that fits and knows the most fields.
    (Union[Model, Film], {**EMMA, "year": 1}, Model({**EMMA, "year": 1})),
    (Union[Model, Film], {**EMMA, "director": "A"}, Film({**EMMA, "director": "A"})),
    (Union[Of1815, Model], {**EMMA, "year": 1}, Model({**EMMA, "year": 1})),
    (Union[Names, Model, str], EMMA, Model(EMMA)),
    (Union[Names, Model, str], ["a"], Names(["a"])),
]  # fmt: skip
WRONG: list[tuple[Any, Any, list[tuple[Any, ...]]]] = [
    (list[Model], [EMMA, {}, {"title": 5}], [(1, "title", "missing"), (2, "title", "string_type")]),
    (Of1815, {"year": 1}, [("title", "missing"), ("value_error",)]),
    (Both, {"model": {**EMMA, "title": None}}, [("model", "title", "string_type")]),
    (Names, 5, [("value_error",)]),
    (Model, {"title": {5}}, [("title", "json_type")]),
    (Model, Model(EMMA), [("json_type",)]),
]  # fmt: skip


def test_reading() -> None:
    for tp, value, expected in FITS:
        assert read(tp, value) == expected
    for tp, value, found in WRONG:
        assert problems(tp, value) == found
    with pytest.raises(
        ValidationError, match=r"what Of1815 takes \(Value error, not of the year\)"
    ):
        read(Of1815, {**EMMA, "year": 1})

    class Endless(Model):
        @classmethod
        def model_validate_json(cls, text: str) -> Any:
            raise Unfit([{"type": "x", "loc": (at,), "msg": "No", "input": 1} for at in range(999)])

    assert len(problems(Endless, EMMA)) == 100


def test_a_model_without_a_schema() -> None:
    for tp in (Unfinished, list[Unfinished]):
        with pytest.raises(
            TypeError, match=r"Unfinished has no JSON Schema: RuntimeError: not fully"
        ):
            schema(tp)
    for instance in (Model(EMMA), Unfinished):
        with pytest.raises(TypeError):
            response_format_from_type(instance)  # type: ignore[arg-type]


def test_answers() -> None:
    for text in ('{"title": "Emma"}', '```json\n{"title": "Emma"}\n```'):
        parsed = parsed_response(completion(text), Model)
        assert parsed.choices[0].message.parsed == read_json(text, Model) == Model(EMMA)
    # The cause of an error is the model's own, or ours if the model did not read the text.
    for tp, fits, text, kind, path in [
        (Model, '{"title": ""}', "{}", Unfit, "content.title"),
        (Model, '{"title": ""}', "[", ValidationError, "content"),
        (Both, '{"model": {"title": ""}}', '{"model": {}}', ValidationError, "content.model.title"),
    ]:
        whole = completion(fits, text)
        with pytest.raises(ParsedContentError) as caught:
            parsed_response(whole, tp)
        assert type(caught.value.cause) is kind
        assert f" choices[1].message.{path}: " in caught.value.message
        assert caught.value.response is whole
