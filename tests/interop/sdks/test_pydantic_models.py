"""`parse` with pydantic models: the SDK's client and ours send and read the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Union

import pydantic
import pytest
from jsonschema import Draft202012Validator
from mistralai.client import Mistral as MistralAI

from mistral_proto import (
    ChatCompletionRequest,
    Mistral,
    ParsedContentError,
    Tool,
    ValidationError,
)
from mistral_proto.testing import MockServer
from tests.interop.sdks.pydantic_models import EXAMPLES, Author, Book, Checked, Closed, Node, Page

LIST: Any = list
ASK: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "The best?"}],
    "temperature": 0.2,
}


def reply(request: ChatCompletionRequest) -> str:
    assert request.metadata is not None
    return str(request.metadata["reply"])


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer([reply] * 500) as server:
        yield server


@pytest.fixture(scope="module")
def clients(server: MockServer) -> Iterator[tuple[Any, Mistral]]:
    with MistralAI(api_key="k", server_url=server.url) as theirs:
        with Mistral(api_key="k", server_url=server.url) as ours:
            yield theirs, ours


def test_both_send_the_same_and_read_the_same(server: MockServer, clients: Any) -> None:
    assert len(EXAMPLES) >= 20
    for model, document in EXAMPLES:
        ask = {**ASK, "metadata": {"reply": json.dumps(document)}}
        theirs, ours = [client.chat.parse(model, **ask) for client in clients]
        with clients[0].chat.parse_stream(model, **ask) as events:
            assert "".join(event.data.choices[0].delta.content for event in events)
        with clients[1].chat.parse_stream(model, **ask) as events:
            streamed = events.until_done()
        sent = [json.loads(received.body) for received in server.requests[-4:]]
        assert sent[0] == sent[1] and sent[2] == sent[3], model
        assert sent[0]["response_format"]["json_schema"]["name"] == model.__name__
        parsed = ours.choices[0].message.parsed
        assert type(parsed) is model
        assert parsed == theirs.choices[0].message.parsed == streamed.choices[0].message.parsed


WRONG: list[tuple[Any, str, list[tuple[str | int, ...]]]] = [
    (Book, '{"title": 1, "author": {}}', [("title",), ("author", "name")]),
    (Checked, '{"low": "x", "high": -1}', [("low",), ("high",)]),
    (Node, '{"value": 1, "children": [{"value": 2}, {}]}', [("children", 1, "value")]),
]


def test_the_cause_is_pydantic_s(clients: Any) -> None:
    for model, reply, paths in WRONG:
        causes: list[Any] = []
        for client, kind in zip(clients, (pydantic.ValidationError, ParsedContentError)):
            with pytest.raises(kind) as caught:
                client.chat.parse(model, **ASK, metadata={"reply": reply})
            causes.append(caught.value)
        assert type(causes[1].cause) is pydantic.ValidationError
        found = [error.errors(include_context=False) for error in (causes[0], causes[1].cause)]
        assert found[0] == found[1]
        assert [problem["loc"] for problem in found[0]] == paths
        assert causes[1].response.choices[0].message.content == reply


def test_a_strict_model_reads_json_and_not_python(clients: Any) -> None:
    # The SDK validates Python values, of which a strict model takes no date.
    ask = {**ASK, "metadata": {"reply": '{"on": "2026-01-31", "color": "red"}'}}
    with pytest.raises(pydantic.ValidationError):
        clients[0].chat.parse(Closed, **ask)
    parsed = clients[1].chat.parse(Closed, **ask).choices[0].message.parsed
    assert (str(parsed.on), parsed.color.value) == ("2026-01-31", "red")


def shelve(book: Book, nodes: list[Node], page: Page[Author] | None = None) -> Any:
    """Shelve a book."""
    return book, nodes, page


def test_a_tool_takes_models() -> None:
    tool = Tool.from_function(shelve)
    schema: Any = tool.function.parameters
    Draft202012Validator.check_schema(schema)
    assert {*schema["$defs"]} == {"Author", "Book", "Node", "Page_Author_"}
    arguments: dict[str, Any] = {
        "book": {"title": "Emma", "author": {"name": "Jane"}},
        "nodes": [{"value": 1, "children": [{}]}],
        "page": {},
    }
    with pytest.raises(ValidationError) as caught:
        tool.call(arguments)
    assert [problem.path for problem in caught.value.problems] == [
        ("arguments", "nodes", 0, "children", 0, "value"),
        ("arguments", "page", "items"),
    ]


def test_every_model_is_a_parameter_too() -> None:
    for model, document in EXAMPLES:

        def take(it: Any, other: Any = None) -> Any:
            return it, other

        take.__annotations__ = {"it": LIST[model], "other": Annotated[Union[model, None], "This."]}
        tool = Tool.from_function(take)
        assert tool.function.parameters is not None
        arguments: dict[str, Any] = {"it": [document], "other": document}
        made = model.model_validate_json(json.dumps(document))
        assert tool.call(arguments) == ([made], made)
        validator = Draft202012Validator({**tool.function.parameters})
        assert validator.is_valid(arguments) == ("unknown" not in document), model
