"""Our types in models of pydantic, and in applications of FastAPI."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

import pydantic
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, TypeAdapter

from mistral_proto import (
    APIKeyAuth,
    AssistantMessage,
    ChatCompletionRequest,
    ChatCompletionResponse,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from mistral_proto.schema import json_schema
from tests.fields.wire_samples import DOCUMENTS as ALL_DOCUMENTS
from tests.interop.dataclass_tools.samples import REQUEST, RESPONSE

LIST: Any = list
Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage


class Log(BaseModel):
    request: ChatCompletionRequest
    history: list[Message] = []
    response: ChatCompletionResponse | None = None


LOG: dict[str, Any] = {
    "request": REQUEST,
    "history": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Ho", "prefix": False},
    ],
    "response": RESPONSE,
}


def test_a_union_with_a_discriminator() -> None:
    union: Any = Annotated[UserMessage | AssistantMessage, Field(discriminator="role")]
    adapter = TypeAdapter(union)
    assert adapter.validate_python({"role": "user", "content": "a"}) == UserMessage(content="a")
    message = AssistantMessage(content="a")
    assert adapter.validate_python(message) is message
    assert adapter.validate_json(message.to_json()) == message
    for wrong, path in [({"role": "x"}, ()), ({"role": "user", "content": 3}, ("user", "content"))]:
        with pytest.raises(pydantic.ValidationError) as caught:
            adapter.validate_python(wrong)
        assert [problem["loc"] for problem in caught.value.errors()] == [path]
    assert {*adapter.json_schema()["discriminator"]["mapping"]} == {"user", "assistant"}


def test_a_field_of_a_model() -> None:
    log = Log.model_validate(LOG)
    assert log.request == ChatCompletionRequest.from_dict(REQUEST)
    assert [type(message) for message in log.history] == [UserMessage, AssistantMessage]
    assert log.model_dump()["response"] == RESPONSE
    assert Log.model_validate_json(log.model_dump_json()) == log == log.model_copy(deep=True)
    assert Log(request=log.request, history=log.history).request is log.request


DEEP = {"messages": [{"role": "user", "content": [{"type": "text", "text": 3}]}]}
# A document, and the kind and path of its problem.
WRONG: list[tuple[Any, str, tuple[str | int, ...]]] = [
    ({"request": {**REQUEST, "temperature": "hot"}}, "float_type", ("request", "temperature")),
    ({"request": {**REQUEST, "seed": 7}}, "extra_forbidden", ("request", "seed")),
    ({"request": {}}, "missing", ("request", "messages")),
    ({"request": DEEP}, "string_type", ("request", "messages", 0, "content", 0, "text")),
    ({"request": 3}, "dict_type", ("request",)),
    ({"request": UserMessage(content="Hi")}, "dict_type", ("request",)),
]


def test_our_errors_are_shown() -> None:
    for document, kind, path in WRONG:
        with pytest.raises(pydantic.ValidationError) as caught:
            Log.model_validate(document)
        (error,) = caught.value.errors()
        assert (error["type"], error["loc"]) == (kind, path)
        assert error["msg"].startswith("expected ")
    with pytest.raises(pydantic.ValidationError, match="APIKeyAuth") as caught:
        TypeAdapter(APIKeyAuth).validate_python({"value": ["s3cret"]})
    assert "s3cret" not in str(caught.value) + repr(caught.value.errors())


def references(schema: Any) -> set[str]:
    return {*re.findall(r'"\$ref": "([^"]*)"', json.dumps(schema))}


def test_the_schema_of_a_model() -> None:
    schema = Log.model_json_schema()
    assert Log.model_json_schema(mode="serialization")["$defs"].keys() == schema["$defs"].keys()
    assert schema["properties"]["request"] == {"$ref": "#/$defs/ChatCompletionRequest"}
    assert references(schema) == {f"#/$defs/{name}" for name in schema["$defs"]}
    assert "TextChunk" in schema["$defs"]  # by its own name
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid(LOG)
    for wrong, _, _ in WRONG[:5]:
        assert not validator.is_valid({**LOG, **wrong})


def test_pydantics_schema_of_a_type_is_ours() -> None:
    for cls, document in ALL_DOCUMENTS.items():
        listed = TypeAdapter(LIST[cls]).json_schema()
        assert listed["items"] == {"$ref": f"#/$defs/{cls.__name__}"}
        assert references(listed) <= {f"#/$defs/{name}" for name in listed["$defs"]}
        theirs: Any = TypeAdapter(cls).json_schema()
        ours: Any = json_schema(cls)
        assert theirs["properties"].keys() == ours["properties"].keys()
        assert theirs.get("required") == ours.get("required")
        # There each part has the schema of its own reading: a server's message has any chunk.
        assert theirs.get("$defs", {}).keys() >= ours.get("$defs", {}).keys()
        assert Draft202012Validator(theirs).is_valid(document)


def test_a_type_of_the_same_name() -> None:
    """The message of a user's model is one type, and ours another."""

    class UserMessage(BaseModel):
        text: str

    both = TypeAdapter(tuple[UserMessage, Message]).json_schema()
    names = [name for name in both["$defs"] if name.endswith("UserMessage")]
    assert len(names) == 2
    assert references(both) == {f"#/$defs/{name}" for name in both["$defs"]}


def complete(request: ChatCompletionRequest) -> ChatCompletionResponse:
    return ChatCompletionResponse.from_dict(RESPONSE)


def messages(message: Message, log: Log | None = None) -> list[Message]:
    return [message]


app = FastAPI()
app.post("/v1/chat/completions")(complete)
app.post("/messages")(messages)


def test_an_application_answers_refuses_and_is_described() -> None:
    with TestClient(app) as client:
        answer = client.post("/v1/chat/completions", json=REQUEST)
        assert (answer.status_code, answer.json()) == (200, RESPONSE)
        for message in LOG["history"]:
            answer = client.post("/messages", json={"message": message, "log": LOG})
            assert (answer.status_code, answer.json()) == (200, [message])

        answer = client.post("/v1/chat/completions", json={**REQUEST, "seed": 7})
        assert answer.status_code == 422
        (detail,) = answer.json()["detail"]
        assert detail["loc"] == ["body", "seed"]
        assert "did you mean 'random_seed'" in detail["msg"]

        document = client.get("/openapi.json").json()
        assert client.get("/docs").status_code == 200
    schemas = document["components"]["schemas"]
    assert references(document) <= {f"#/components/schemas/{name}" for name in schemas}
    operation = document["paths"]["/v1/chat/completions"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/ChatCompletionRequest"}
    assert answer == {"$ref": "#/components/schemas/ChatCompletionResponse"}
    assert schemas["ChatCompletionRequest"]["required"] == ["messages"]
    # No type comes twice, as "AssistantMessage-Input" and "-Output".
    assert [name for name in schemas if not re.fullmatch(r"\w+", name)] == []
