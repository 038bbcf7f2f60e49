"""The SDK's paths and names, under this package's own: what is there, what it costs, what is not."""

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

PATHS: list[tuple[str, str, object]] = [
    # (below the package, as both layouts of the SDK have it; a name there; what it is)
    ("chat", "Chat", mistral_proto.Chat),
    ("sdk", "Mistral", Mistral),
    ("client", "Mistral", Mistral),
    ("client", "UNSET", UNSET),
    ("client.sdk", "Mistral", Mistral),
    ("client.chat", "Chat", mistral_proto.Chat),
    ("azure", "models", importlib.import_module(f"{NAME}.client.models")),
    ("azure.client.models", "UserMessage", mistral_proto.UserMessage),
    ("gcp.client", "models", importlib.import_module(f"{NAME}.client.models")),
    ("gcp.client.models", "UserMessage", mistral_proto.UserMessage),
    ("client.errors", "MistralError", errors.MistralError),
    ("client.errors.no_response_error", "NoResponseError", errors.NoResponseError),
    ("client.errors.sdkerror", "SDKError", errors.SDKError),
    ("models.sdkerror", "SDKError", errors.SDKError),
    ("models.httpvalidationerror", "HTTPValidationError", errors.HTTPValidationError),
    ("extra", "response_format_from_pydantic_model", parsed.response_format_from_type),
    ("extra.struct_chat", "ParsedChatCompletionResponse", parsed.ParsedChatCompletionResponse),
    (
        "extra.utils.response_format",
        "response_format_from_pydantic_model",
        parsed.response_format_from_type,
    ),
    *(
        (f"{above}{path}", name, value)
        for above in ("", "client.")
        for path, name, value in [
            ("models", "UserMessage", mistral_proto.UserMessage),
            ("models", "ToolChoice", mistral_proto.NamedToolChoice),
            ("models", "UserMessageTypedDict", dict[str, Any]),
            ("models", "CompletionChunk", mistral_proto.ChatCompletionStreamResponse),
            ("models.assistantmessage", "AssistantMessage", mistral_proto.AssistantMessage),
            ("models.thinkchunk", "Thinking", models.Thinking),
            ("models.file", "File", models.File),
            ("httpclient", "HttpClient", httpx_clients.HttpClient),
            ("types", "UNSET", UNSET),
            ("types.basemodel", "Unset", type(UNSET)),
            ("utils", "RetryConfig", retry.RetryConfig),
            ("utils.retries", "BackoffStrategy", retry.BackoffStrategy),
            ("utils.eventstreaming", "EventStreamAsync", stream.EventStreamAsync),
        ]
    ),
]


def test_the_paths_of_the_sdk_lead_to_what_is_here() -> None:
    for path, name, value in PATHS:
        module = importlib.import_module(f"{NAME}.{path}")
        assert getattr(module, name) == value, (path, name)
        scope: dict[str, object] = {}
        exec(f"from {NAME}.{path} import {name}\nimport {NAME}.{path} as module", scope)
        exec(f"import {NAME}.{path}\nthe_same = {NAME}.{path}.{name}", scope)
        assert scope[name] == scope["the_same"] == value, (path, name)
        assert scope["module"] is module

    for path, name in (
        ("models", "File"),
        ("client.models", "File"),
        ("client.utils", "RetryConfig"),
    ):
        scope = {}
        exec(f"from {NAME}.{path} import *", scope)
        assert name in scope


@pytest.mark.parametrize(
    ("statement", "loaded"),
    [
        ("from {}.models.sdkerror import SDKError", {"errors", "models"}),
        ("import {0}; {0}.models.__all__", {"models"}),
        ("from {} import json_text", {"errors", "json_text"}),
        (
            "import {0}.client; {0}.client.utils.RetryConfig",
            {"checks", "client", "errors", "retry", "utils"},
        ),
        ("from {}.client.models import SDKError", {"errors", "models", "client"}),
        ("from {}.utils import RetryConfig", {"errors", "retry", "checks", "utils"}),
        ("from {}.extra import struct_chat", {"extra"}),
        ("from {}.types import OptionalNullable", {"checks", "errors", "types"}),
    ],
)
def test_nothing_is_loaded_that_is_not_used(statement: str, loaded: set[str]) -> None:
    modules = loaded_by(statement.format(NAME))
    assert {name.split(".")[1] for name in modules if name.startswith(f"{NAME}.")} == {
        *loaded,
        "lazy_names",
    }


def test_what_is_not_chat_is_not_there() -> None:
    with Mistral("k") as mistral:
        for name in "agents audio batch beta classifiers embeddings files fim models ocr".split():
            assert not hasattr(mistral, name)
        with pytest.raises(errors.NotChatError, match="no 'embeddings': .* `chat` alone is here"):
            mistral.embeddings  # type: ignore[attr-defined]
    for name in ("Messages", "MessagesTypedDict", "OptionalNullable"):  # as in models
        assert getattr(mistral_proto, name) is getattr(models, name)
    for module in (models, importlib.import_module(f"{NAME}.client.models")):
        for name in ("EmbeddingResponse", "EmbeddingResponseTypedDict", "_hidden"):
            assert not hasattr(module, name)
        with pytest.raises(AttributeError, match="'OCRResponse'; .* of chat completion alone"):
            module.OCRResponse
    for cloud, name in ("azure", "MistralAzure"), ("gcp", "MistralGCP"):
        client = getattr(importlib.import_module(f"{NAME}.{cloud}.client"), name)
        with pytest.raises(NotImplementedError, match=f"{name} is not here, only chat"):
            client(api_key="k", server_url="https://example.com")


def test_unset_is_one_value_that_says_no() -> None:
    assert not UNSET
    assert repr(UNSET) == "UNSET"
    assert copy.deepcopy(UNSET) is copy.copy(UNSET) is pickle.loads(pickle.dumps(UNSET)) is UNSET
