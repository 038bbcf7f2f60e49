"""The request for a chat completion, and its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from ..checks import Integer, ListOf, Number, OneOf, String, StringEnum, check_of, fail_at
from ..fields import field
from ..json_text import JSONValue
from ..wire import WireType, wire_type
from .guardrails import GuardrailConfig
from .messages import (
    MESSAGE,
    ChatMessage,
    ChatMessageType,
    HoldsConversation,
    ReasoningFieldFormat,
)
from .mistral_common_methods import Subscripted
from .tool_calls import NamedToolChoice, RequestTool, ToolChoiceEnum

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "BaseCompletionRequest",
    "ChatCompletionRequest",
    "ChatCompletionStreamRequest",
    "JSONSchema",
    "JsonSchema",
    "MistralPromptMode",
    "Prediction",
    "ReasoningEffort",
    "RequestedServiceTier",
    "ResponseFormat",
    "ResponseFormats",
    "SchemaRenderingMode",
]


class ResponseFormats(StringEnum):
    """The kinds of answer that a request can ask for.

    `json` is mistral_common's name of `json_object`.

    >>> ResponseFormats.json is ResponseFormats.json_object
    True
    """

    text = "text"
    json_object = "json_object"
    json = "json_object"
    json_schema = "json_schema"


class ReasoningEffort(StringEnum):
    """How much the model thinks before it answers.

    >>> ReasoningEffort("high")
    <ReasoningEffort.high: 'high'>
    """

    none = "none"
    minimal = "minimal"
    low = "low"
    medium = "medium"
    high = "high"
    xhigh = "xhigh"
    max = "max"


class MistralPromptMode(StringEnum):
    """Whether the system prompt for reasoning models is used.

    >>> MistralPromptMode.reasoning
    <MistralPromptMode.reasoning: 'reasoning'>
    """

    reasoning = "reasoning"


class SchemaRenderingMode(StringEnum):
    """The use of the schema that `ResponseFormat.get_schema` returns (mistral_common's name).

    >>> SchemaRenderingMode.grammar
    <SchemaRenderingMode.grammar: 'grammar'>
    """

    grammar = "grammar"
    model_settings = "model_settings"


class RequestedServiceTier(StringEnum):
    """The service tier that a request asks for.

    >>> RequestedServiceTier("standard_only")
    <RequestedServiceTier.standard_only: 'standard_only'>
    """

    auto = "auto"
    standard_only = "standard_only"


@wire_type
class JsonSchema(WireType):
    """The JSON Schema that an answer must follow (API document: `JsonSchema`).

    `schema` has the SDK's name and mistral_common's, too.

    >>> JsonSchema(name="book", schema={"type": "object"}).strict
    False
    >>> JsonSchema(name="book", schema_definition={"type": "object"}).schema_definition
    {'type': 'object'}
    """

    name: str
    description: str | None = None
    schema: Mapping[str, JSONValue] = field(
        aliases=("schema_definition", "custom_schema"), doc="A JSON Schema."
    )
    strict: bool = field(
        default=False, implied=True, doc="Whether the answer must follow the schema to the letter."
    )

    if TYPE_CHECKING:
        # One of the three names is needed.
        def __init__(
            self,
            *,
            name: str,
            description: str | None = ...,
            schema: Mapping[str, JSONValue] = ...,
            custom_schema: Mapping[str, JSONValue] = ...,
            schema_definition: Mapping[str, JSONValue] = ...,
            strict: bool = ...,
        ) -> None: ...

    @property
    def schema_definition(self) -> Mapping[str, JSONValue]:
        """The schema."""
        return self.schema

    @property
    def custom_schema(self) -> Mapping[str, JSONValue]:
        """The schema."""
        return self.schema


@wire_type
class ResponseFormat(WireType):
    """The kind of answer that a request asks for (API document: `ResponseFormat`).

    >>> ResponseFormat(type=ResponseFormats.text).to_dict()
    {'type': 'text'}
    """

    type: ResponseFormats | str = ResponseFormats.text
    json_schema: JsonSchema | None = field(default=None, doc="Goes with the type json_schema.")

    def get_schema(self, purpose: SchemaRenderingMode | str) -> dict[str, JSONValue] | None:
        """Return the JSON Schema of the answer; None where any text will do.

        For a `grammar` only a strict schema is more than any object or array, and for
        the `model_settings` every one.

        Raises:
            ValidationError: the type is json_schema, and there is none.

        >>> ResponseFormat(type="json_object").get_schema("grammar")
        {'anyOf': [{'type': 'object'}, {'type': 'array'}]}
        """
        for_grammar = SchemaRenderingMode(purpose) is SchemaRenderingMode.grammar
        if self.type == ResponseFormats.json_schema:
            if self.json_schema is None:
                fail_at("json_schema", "this field", "nothing", "missing")
            if self.json_schema.strict or not for_grammar:
                return {**self.json_schema.schema}
        elif self.type != ResponseFormats.json_object:
            return None
        return {"anyOf": [{"type": "object"}, {"type": "array"}]}


@wire_type
class Prediction(WireType):
    """Content that the answer is expected to repeat (API document: `Prediction`).

    >>> Prediction(content="def f():").to_dict()
    {'type': 'content', 'content': 'def f():'}
    """

    type: Literal["content"] = "content"
    content: str = field(default="", implied=True)


class BaseCompletionRequest(WireType):
    """The base of requests with parameters of sampling (mistral_common's name).

    It has no fields of its own: `ChatCompletionRequest` has them.
    """


@wire_type
class ChatCompletionRequest(HoldsConversation, BaseCompletionRequest, Subscripted[ChatMessageType]):
    """A request for a chat completion (API document: `ChatCompletionRequest`).

    `to_dict` is the body that the API takes: parameters that nobody set are
    not sent, and the API's own defaults apply.  Messages, tools and formats
    may be given as our types or as mappings.

    `model` may be left out here, as in mistral_common; the API requires it, and
    so does `from_dict(..., strict=True)`.

    >>> request = ChatCompletionRequest(
    ...     model="mistral-small-latest",
    ...     messages=[{"role": "user", "content": "Hi"}],
    ...     temperature=0.2,
    ... )
    >>> request.messages[0]
    UserMessage(role='user', content='Hi')
    >>> print(request.to_json())
    {"model":"mistral-small-latest","messages":[{"role":"user","content":"Hi"}],"temperature":0.2}
    """

    model: str | None = field(
        String(minimum_length=1),
        default=None,
        nullable=False,
        required=True,
        doc="The id of the model to use.",
    )
    messages: Sequence[ChatMessage] = field(
        ListOf(MESSAGE, minimum_items=1),
        doc="The conversation so far, to be answered.",
    )
    temperature: float | None = field(
        Number(0, 1.5),
        default=None,
        doc="Higher values make the output more random; between 0.0 and 0.7 is recommended.",
    )
    top_p: float | None = field(
        Number(maximum=1, above=0),
        default=None,
        doc="Only the tokens with this much of the probability mass are considered.",
    )
    max_tokens: int | None = field(Integer(0), default=None, doc="The most tokens to generate.")
    stream: bool | None = field(
        default=None, nullable=False, doc="Whether the answer comes as server-sent events."
    )
    stop: Sequence[str] | str | None = field(
        default=None, doc="Generation stops at this text, or at any of these."
    )
    random_seed: int | None = field(Integer(0), default=None, doc="Makes sampling repeatable.")
    metadata: Mapping[str, JSONValue] | None = None
    response_format: ResponseFormat | None = field(
        default=None, nullable=False, doc="The kind of answer that is wanted."
    )
    tools: Sequence[RequestTool] | None = field(
        ListOf(check_of(RequestTool), minimum_items=1),
        default=None,
        doc="The tools that the model may call.",
    )
    tool_choice: ToolChoiceEnum | NamedToolChoice | str | None = field(
        default=None,
        nullable=False,
        doc="Whether the model may call a tool, must, or which one it must call.",
    )
    presence_penalty: float | None = field(
        Number(-2, 2), default=None, doc="Penalizes words that have come before, however often."
    )
    frequency_penalty: float | None = field(
        Number(-2, 2), default=None, doc="Penalizes words by how often they have come before."
    )
    min_tokens: int | None = field(default=None, doc="The fewest tokens to generate.")
    repetition_penalty: float | None = field(
        default=None, doc="Above 1 it penalizes what has come before."
    )
    top_k: int | None = field(default=None, doc="Only this many tokens are considered.")
    logprobs: bool | None = field(default=None, doc="Whether log probabilities are wanted.")
    top_logprobs: int | None = field(default=None, doc="For how many likely tokens at each place.")
    prompt_logprobs: bool | None = field(default=None, doc="The same for the prompt.")
    top_prompt_logprobs: int | None = field(default=None, doc="The same for the prompt.")
    n: int | None = field(Integer(1), default=None, doc="How many answers to generate.")
    prediction: Prediction | None = field(
        default=None, nullable=False, doc="What the answer is expected to be."
    )
    parallel_tool_calls: bool | None = field(
        default=None, nullable=False, doc="Whether the model may make several calls at once."
    )
    reasoning_effort: ReasoningEffort | str | None = field(
        OneOf(ReasoningEffort), default=None, doc="How much the model thinks."
    )
    prompt_mode: MistralPromptMode | str | None = field(
        default=None, doc="Whether the system prompt for reasoning models is used."
    )
    guardrails: Sequence[GuardrailConfig] | None = field(
        default=None, doc="What the API is to check, and to block."
    )
    prompt_cache_key: str | None = field(
        default=None, doc="Requests with the same key share a cache."
    )
    service_tier: RequestedServiceTier | str | None = field(
        default=None, doc="The tier that is wanted."
    )
    safe_prompt: bool | None = field(
        default=None, nullable=False, doc="Whether a safety prompt comes before the conversation."
    )
    extra_body: Mapping[str, JSONValue] | None = field(
        default=None,
        local=True,
        doc="Parameters to send besides, which this version does not know.",
    )
    truncate_for_context_length: bool = field(
        default=False, local=True, doc="For tokenizers; never sent."
    )
    continue_final_message: bool = field(
        default=False, local=True, doc="Sets the last message's `prefix`, which says the same."
    )

    def to_openai(
        self,
        reasoning_field_format: ReasoningFieldFormat | str | None = None,
        **kwargs: object,
    ) -> dict[str, object]:
        """Return the request in OpenAI's format, with `kwargs` as further parameters.

        This is mistral_common's conversion, which writes its own defaults for
        `temperature`, `top_p`, `response_format` and `tool_choice` where
        nobody set them; `to_dict` sends none of these.  For
        `reasoning_field_format` see `AssistantMessage.to_openai`.

        Raises:
            ValueError: a parameter is in the request already, or is a field of
                it; or OpenAI's format can't hold a message.
            NotImplementedError: for `truncate_for_context_length`.

        >>> request = ChatCompletionRequest(messages=[{"role": "user", "content": "Hi"}])
        >>> request.to_openai(stream=True)
        {'temperature': 0.7, 'top_p': 1.0, 'response_format': {'type': 'text'}, 'continue_final_message': False, 'messages': [{'role': 'user', 'content': 'Hi'}], 'tool_choice': 'auto', 'stream': True}
        """
        from ..conversions.openai_format import request_to_openai

        return request_to_openai(self, reasoning_field_format, kwargs)

    @classmethod
    def from_openai(
        cls,
        messages: Sequence[Mapping[str, object]],
        tools: Sequence[Mapping[str, object]] | None = None,
        continue_final_message: bool = False,
        **kwargs: object,
    ) -> Self:
        """Read messages and tools in OpenAI's format (mistral_common's conversion).

        `kwargs` are fields of the request; `seed` stands for `random_seed`.
        What has no place in a request is refused;
        `mistral_proto.openai.adapt_request` finds one for it, or says what was
        left out.

        Raises:
            ValueError: `seed` and `random_seed` are both given.
            ValidationError: with every problem and its path.

        >>> request = ChatCompletionRequest.from_openai(
        ...     [{"role": "user", "content": "Hi"}], model="mistral-small-latest", seed=7
        ... )
        >>> print(request.to_json())
        {"model":"mistral-small-latest","messages":[{"role":"user","content":"Hi"}],"random_seed":7}
        """
        from ..conversions.openai_format import request_from_openai

        kwargs["continue_final_message"] = continue_final_message
        return request_from_openai(cls, messages, tools, kwargs)


# Names that the SDK has for these.
ChatCompletionStreamRequest = ChatCompletionRequest
JSONSchema = JsonSchema
