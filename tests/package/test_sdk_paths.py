"""The SDK's paths and names, the modules that they load, and names that are missing."""

from __future__ import annotations

import copy
import importlib
import pickle
from typing import Any

import pytest

import mistral_proto
from mistral_proto import UNSET, Mistral, errors, models, retry
from mistral_proto.client import stream
from mistral_proto.structured import parsed
from mistral_proto.transport import httpx_clients
from tests.package.loading import loaded_by

NAME = mistral_proto.__name__

CLIENT_MODELS = importlib.import_module(f"{NAME}.client.models")
FORMAT = "response_format_from_pydantic_model"

# A path below the package, a name there, and its value.
PATHS: list[tuple[str, str, object]] = [
    ("chat", "Chat", mistral_proto.Chat),
    ("sdk", "Mistral", Mistral),
    ("client", "Mistral", Mistral),
    ("client", "UNSET", UNSET),
    ("client.sdk", "Mistral", Mistral),
    ("client.chat", "Chat", mistral_proto.Chat),
    ("azure", "models", CLIENT_MODELS),
    ("azure.client.models", "UserMessage", mistral_proto.UserMessage),
    ("gcp.client", "models", CLIENT_MODELS),
    ("gcp.client.models", "UserMessage", mistral_proto.UserMessage),
    ("client.errors", "MistralError", errors.MistralError),
    ("client.errors.no_response_error", "NoResponseError", errors.NoResponseError),
    ("client.errors.sdkerror", "SDKError", errors.SDKError),
    ("models.sdkerror", "SDKError", errors.SDKError),
    ("models.httpvalidationerror", "HTTPValidationError", errors.HTTPValidationError),
    ("extra", FORMAT, parsed.response_format_from_type),
    ("extra.struct_chat", "ParsedChatCompletionResponse", parsed.ParsedChatCompletionResponse),
    ("extra.utils.response_format", FORMAT, parsed.response_format_from_type),
]
# Both layouts of the SDK have these.
for above in ("", "client."):
    PATHS += [
        (f"{above}models", "UserMessage", mistral_proto.UserMessage),
        (f"{above}models", "ToolChoice", mistral_proto.NamedToolChoice),
        (f"{above}models", "UserMessageTypedDict", dict[str, Any]),
        (f"{above}models", "CompletionChunk", mistral_proto.ChatCompletionStreamResponse),
        (f"{above}models.assistantmessage", "AssistantMessage", mistral_proto.AssistantMessage),
        (f"{above}models.thinkchunk", "Thinking", models.Thinking),
        (f"{above}models.file", "File", models.File),
        (f"{above}httpclient", "HttpClient", httpx_clients.HttpClient),
        (f"{above}types", "UNSET", UNSET),
        (f"{above}types.basemodel", "Unset", type(UNSET)),
        (f"{above}utils", "RetryConfig", retry.RetryConfig),
        (f"{above}utils.retries", "BackoffStrategy", retry.BackoffStrategy),
        (f"{above}utils.eventstreaming", "EventStreamAsync", stream.EventStreamAsync),
    ]
LOADED = {
    "from {}.models.sdkerror import SDKError": "errors models",
    "import {0}; {0}.models.__all__": "models",
    "from {} import json_text": "errors json_text",
    "import {0}.client; {0}.client.utils.RetryConfig": "checks client errors retry utils",
    "from {}.client.models import SDKError": "errors models client",
    "from {}.utils import RetryConfig": "errors retry checks utils",
    "from {}.extra import struct_chat": "extra",
    "from {}.types import OptionalNullable": "checks errors types",
}


def test_every_path_of_the_sdk_has_its_names() -> None:
    for path, name, value in PATHS:
        module = importlib.import_module(f"{NAME}.{path}")
        assert getattr(module, name) == value, (path, name)
        scope: dict[str, object] = {}
        exec(f"from {NAME}.{path} import {name}\nimport {NAME}.{path} as module", scope)
        exec(f"import {NAME}.{path}\nattribute = {NAME}.{path}.{name}", scope)
        assert scope[name] == scope["attribute"] == value, (path, name)
        assert scope["module"] is module
    for path, name in [
        ("models", "File"),
        ("client.models", "File"),
        ("client.utils", "RetryConfig"),
    ]:
        scope = {}
        exec(f"from {NAME}.{path} import *", scope)
        assert name in scope


def test_only_the_modules_of_a_name_are_loaded() -> None:
    for statement, expected in LOADED.items():
        names = [name.split(".") for name in loaded_by(statement.format(NAME))]
        loaded = {name[1] for name in names if name[0] == NAME and name[1:]}
        assert loaded == {*expected.split(), "lazy_names"}, statement


def test_only_chat_is_there() -> None:
    with Mistral("k") as mistral:
        for name in "agents audio batch beta classifiers embeddings files fim models ocr".split():
            assert not hasattr(mistral, name)
        with pytest.raises(errors.NotChatError, match="no 'embeddings': .* only `chat` is here"):
            mistral.embeddings  # type: ignore[attr-defined]
    for name in ("Messages", "MessagesTypedDict", "OptionalNullable"):  # as in models
        assert getattr(mistral_proto, name) is getattr(models, name)
    for module in (models, CLIENT_MODELS):
        for name in ("EmbeddingResponse", "EmbeddingResponseTypedDict", "_hidden"):
            assert not hasattr(module, name)
        with pytest.raises(AttributeError, match="'OCRResponse'; only the SDK's names of chat"):
            module.OCRResponse
    for cloud, name in ("azure", "MistralAzure"), ("gcp", "MistralGCP"):
        client = getattr(importlib.import_module(f"{NAME}.{cloud}.client"), name)
        with pytest.raises(NotImplementedError, match=f"{name} is not part of this package"):
            client(api_key="k", server_url="https://example.com")


def test_unset_is_one_false_value() -> None:
    assert not UNSET
    assert repr(UNSET) == "UNSET"
    assert copy.deepcopy(UNSET) is copy.copy(UNSET) is pickle.loads(pickle.dumps(UNSET)) is UNSET
