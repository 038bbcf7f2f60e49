"""The published schemas, and the type for each of them."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from jsonschema import Draft202012Validator

import mistral_proto as m
from mistral_proto.checks import StringEnum
from mistral_proto.wire import WireType
from tests.recorded.shared_folder import shared_folder

Schema = dict[str, Any]
Patch = Callable[[dict[str, Schema]], object]

# Schemas of the published document that have another name here.
_OTHER_NAMES = {
    "ChatCompletionChoice": "ChatCompletionResponseChoice",
    "CompletionChunk": "ChatCompletionStreamResponse",
    "CompletionResponseStreamChoice": "ChatCompletionResponseStreamChoice",
    "HTTPValidationError": "HTTPValidationErrorData",
    "ToolChoice": "NamedToolChoice",
    "ValidationError": "HTTPValidationErrorDetail",
}

# Schemas without a class of ours.
WITHOUT_CLASS = {
    "ContentChunk": "a union; its members have classes",
    "SystemMessageContentChunks": "a union; its members have classes",
    "ResponseBase": "a part of ChatCompletionResponse",
    "ChatCompletionResponseBase": "a part of ChatCompletionResponse",
}

NAMES = """APIKeyAuth AssistantMessage AudioChunk ChatCompletionChoice ChatCompletionRequest
    ChatCompletionResponse CodeInterpreterTool CompletionChunk CompletionEvent
    CompletionResponseStreamChoice CustomConnector DeltaMessage DocumentLibraryTool
    DocumentURLChunk FileChunk Function FunctionCall FunctionName GuardrailConfig
    HTTPValidationError ImageGenerationTool ImageURL ImageURLChunk JsonSchema
    ModerationLLMV1CategoryThresholds ModerationLLMV1Config ModerationLLMV2CategoryThresholds
    ModerationLLMV2Config OAuth2TokenAuth Prediction ReferenceChunk ResponseFormat SystemMessage
    TextChunk ThinkChunk Tool ToolCall ToolChoice ToolConfiguration ToolMessage ToolReferenceChunk
    UsageInfo UserMessage ValidationError WebSearchPremiumTool WebSearchTool"""
IMPLEMENTED: dict[str, type[WireType]] = {
    name: getattr(m, _OTHER_NAMES.get(name, name)) for name in NAMES.split()
}
_ENUMS = """BuiltInConnectors ImageDetail MistralPromptMode ModerationLLMAction ReasoningEffort
    RequestedServiceTier ResponseFormats ToolChoiceEnum ToolTypes"""
ENUMS: dict[str, type[StringEnum]] = {name: getattr(m, name) for name in _ENUMS.split()}


def load() -> dict[str, Schema]:
    """Return the published schemas by name, each `allOf` merged; nothing without the folder."""
    folder = shared_folder()
    if folder is None:
        return {}
    document = json.loads((folder / "wire" / "openapi-chat.json").read_text("utf-8"))
    schemas: dict[str, Schema] = document["components"]["schemas"]
    return {name: _merged(schema, schemas) for name, schema in schemas.items()}


def _merged(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    if "allOf" not in schema:
        return schema
    whole: Schema = {"type": "object", "properties": {}, "required": []}
    for part in schema["allOf"]:
        if "$ref" in part:
            part = _merged(schemas[_name(part["$ref"])], schemas)
        assert part.keys() <= whole.keys(), part
        whole["properties"].update(part["properties"])
        whole["required"] += part.get("required", [])
    return whole


def _name(reference: str) -> str:
    return reference.removeprefix("#/components/schemas/")


class Schemas:
    """Schemas without references, and their verdicts."""

    def __init__(self, schemas: dict[str, Schema], patches: Iterable[Patch] = ()) -> None:
        self._schemas = copy.deepcopy(schemas)
        for patch in patches:
            patch(self._schemas)
        self._whole: dict[str, Schema] = {}

    def __getitem__(self, name: str) -> Schema:
        if name not in self._whole:
            self._whole[name] = self._inline(self._schemas[name])
        return self._whole[name]

    def _inline(self, value: Any) -> Any:
        # No published schema contains itself, so this comes to an end.
        if isinstance(value, list):
            return [self._inline(item) for item in value]
        if not isinstance(value, dict):
            return value
        beside = {key: self._inline(item) for key, item in value.items() if key != "$ref"}
        return {**self[_name(value["$ref"])], **beside} if "$ref" in value else beside

    def accepts(self, name: str, document: object) -> bool:
        return accepts(self[name], document)

    def reached_from(self, name: str) -> set[str]:
        """Return the names of the schemas to which one refers, itself included."""
        named = re.findall(r"#/components/schemas/(\w+)", json.dumps(self._schemas[name]))
        return {name}.union(*map(self.reached_from, named))


_validators: dict[int, tuple[Schema, Draft202012Validator]] = {}


def accepts(schema: Schema, document: object) -> bool:
    """Return the verdict of a schema without references."""
    # A validator is slow to make.  It holds its schema, so that the id stays its own.
    if id(schema) not in _validators:
        _validators[id(schema)] = schema, Draft202012Validator(schema)
    return _validators[id(schema)][1].is_valid(document)
