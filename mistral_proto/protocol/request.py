"""The request for a chat completion and its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from ..checks import Integer, ListOf, Number, OneOf, String, StringEnum, check_of, fail_at
from ..fields import field
from ..json_text import JSONValue
from ..wire import WireType, wire_type
from .messages import MESSAGE, ChatMessage, ChatMessageType, HoldsConversation
from .mistral_common_methods import Subscripted
from .tool_calls import NamedToolChoice, RequestTool, ToolChoiceEnum

__all__ = [
    "BaseCompletionRequest", "ChatCompletionRequest", "ChatCompletionStreamRequest",
    "GuardrailConfig", "JSONSchema", "JsonSchema", "MistralPromptMode", "ModerationLLMAction",
    "ModerationLLMV1CategoryThresholds", "ModerationLLMV1Config",
    "ModerationLLMV2CategoryThresholds", "ModerationLLMV2Config",
    "ModerationLlmv1CategoryThresholds", "ModerationLlmv1Config",
    "ModerationLlmv2CategoryThresholds", "ModerationLlmv2Config", "Prediction",
    "ReasoningEffort", "RequestedServiceTier", "ResponseFormat", "ResponseFormats",
    "SchemaRenderingMode",
]  # fmt: skip


class ResponseFormats(StringEnum):
    """The values of a response format's `type`; `json` is mistral_common's name."""

    text = "text"
    json_object = "json_object"
    json = "json_object"
    json_schema = "json_schema"


class ReasoningEffort(StringEnum):
    """The amount of thinking before an answer."""

    none = "none"
    minimal = "minimal"
    low = "low"
    medium = "medium"
    high = "high"
    xhigh = "xhigh"
    max = "max"


class MistralPromptMode(StringEnum):
    """The system prompt that the API adds: the one for reasoning models, or none."""

    reasoning = "reasoning"


class SchemaRenderingMode(StringEnum):
    """The use of the schema of `ResponseFormat.get_schema` (mistral_common: same name)."""

    grammar = "grammar"
    model_settings = "model_settings"


class RequestedServiceTier(StringEnum):
    """The service tier that a request asks for."""

    auto = "auto"
    standard_only = "standard_only"


@wire_type
class JsonSchema(WireType):
    """The JSON Schema of an answer (API: `JsonSchema`).

    The constructor also takes the schema as `schema_definition` (SDK) and as
    `custom_schema` (mistral_common).

    >>> JsonSchema(name="book", schema_definition={"type": "object"}).schema
    {'type': 'object'}
    """

    name: str
    description: str | None = None
    schema: Mapping[str, JSONValue] = field(
        aliases=("schema_definition", "custom_schema"), doc="A JSON Schema."
    )
    strict: bool = field(default=False, implied=True, doc="Whether the schema is enforced.")

    if TYPE_CHECKING:  # one of the three names is needed

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
    """The format of an answer (API: `ResponseFormat`).

    >>> ResponseFormat(type="json_object").to_dict()
    {'type': 'json_object'}
    """

    type: ResponseFormats | str = ResponseFormats.text
    json_schema: JsonSchema | None = field(default=None, doc="The schema for the type json_schema.")

    def get_schema(self, purpose: SchemaRenderingMode | str) -> dict[str, JSONValue] | None:
        """Return the JSON Schema of the answer; None for the type text.

        For a `grammar` a schema that is not strict is any object or array.

        Raises:
            ValidationError: the type is json_schema, and there is no schema.

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
    """Text that the answer is expected to contain (API: `Prediction`)."""

    type: Literal["content"] = "content"
    content: str = field(default="", implied=True)


class ModerationLLMAction(StringEnum):
    """The action on content that the moderation flags."""

    none = "none"
    block = "block"


@wire_type
class _CategoryThresholds(WireType):
    sexual: float | None = None
    hate_and_discrimination: float | None = None
    violence_and_threats: float | None = None
    selfharm: float | None = None
    health: float | None = None
    financial: float | None = None
    law: float | None = None
    pii: float | None = None


@wire_type
class ModerationLLMV1CategoryThresholds(_CategoryThresholds):
    """The score from which each category is flagged (API: same name)."""

    dangerous_and_criminal_content: float | None = None


@wire_type
class ModerationLLMV2CategoryThresholds(_CategoryThresholds):
    """The score from which each category is flagged (API: same name)."""

    dangerous: float | None = None
    criminal: float | None = None
    jailbreaking: float | None = None


@wire_type
class _ModerationConfig(WireType):
    ignore_other_categories: bool = field(
        default=False, implied=True, doc="Whether only categories with a threshold are flagged."
    )
    action: ModerationLLMAction | str = field(
        default=ModerationLLMAction.none, implied=True, doc="The action on flagged content."
    )


@wire_type
class ModerationLLMV1Config(_ModerationConfig):
    """Moderation by the first model (API: same name)."""

    model_name: str = field(default="mistral-moderation-2411", implied=True)
    custom_category_thresholds: ModerationLLMV1CategoryThresholds | None = None


@wire_type
class ModerationLLMV2Config(_ModerationConfig):
    """Moderation by the second model (API: same name)."""

    model_name: str = field(default="mistral-moderation-2603", implied=True)
    custom_category_thresholds: ModerationLLMV2CategoryThresholds | None = None


@wire_type
class GuardrailConfig(WireType):
    """One guardrail of a request (API: `GuardrailConfig`).

    >>> GuardrailConfig(moderation_llm_v2={"action": "block"}).to_dict()
    {'moderation_llm_v2': {'action': 'block'}}
    """

    block_on_error: bool = field(
        default=False, implied=True, doc="Whether a failure of the moderation blocks the request."
    )
    moderation_llm_v1: ModerationLLMV1Config | None = None
    moderation_llm_v2: ModerationLLMV2Config | None = None


class BaseCompletionRequest(WireType):
    """The base of completion requests, without fields (mistral_common: same name)."""


@wire_type
class ChatCompletionRequest(HoldsConversation, BaseCompletionRequest, Subscripted[ChatMessageType]):
    """A request for a chat completion (API: `ChatCompletionRequest`).

    `to_dict` is the body that the API takes: it has no parameter that was not set, so
    that the API's own defaults apply.  Mappings become messages, tools and formats.
    The API requires `model`, as does `from_dict(..., strict=True)`; mistral_common does not.
    `schema.json_schema` of this type has descriptions of the parameters.

    >>> ChatCompletionRequest(messages=[{"role": "user", "content": "Hi"}], n=1).to_dict()
    {'messages': [{'role': 'user', 'content': 'Hi'}], 'n': 1}
    """

    model: str | None = field(
        String(minimum_length=1),
        default=None,
        nullable=False,
        required=True,
        doc="The id of the model to use.",
    )
    messages: Sequence[ChatMessage] = field(
        ListOf(MESSAGE, minimum_items=1), doc="The conversation to answer."
    )
    temperature: float | None = field(
        Number(0, 1.5),
        default=None,
        doc="The randomness of sampling; between 0.0 and 0.7 is recommended.",
    )
    top_p: float | None = field(
        Number(maximum=1, above=0),
        default=None,
        doc="The probability mass of the tokens to sample from.",
    )
    max_tokens: int | None = field(
        Integer(0), default=None, doc="The maximum number of tokens to generate."
    )
    stream: bool | None = field(
        default=None, nullable=False, doc="Whether the answer comes as server-sent events."
    )
    stop: Sequence[str] | str | None = field(default=None, doc="Texts that end generation.")
    random_seed: int | None = field(Integer(0), default=None, doc="The seed of sampling.")
    metadata: Mapping[str, JSONValue] | None = None
    response_format: ResponseFormat | None = field(default=None, nullable=False)
    tools: Sequence[RequestTool] | None = field(
        ListOf(check_of(RequestTool), minimum_items=1),
        default=None,
        doc="The tools that the model may call.",
    )
    tool_choice: ToolChoiceEnum | NamedToolChoice | str | None = field(
        default=None,
        nullable=False,
        doc="Whether the model may or must call a tool, or the one that it must call.",
    )
    presence_penalty: float | None = field(
        Number(-2, 2), default=None, doc="The penalty for tokens that have occurred."
    )
    frequency_penalty: float | None = field(
        Number(-2, 2), default=None, doc="The penalty for tokens by their number of occurrences."
    )
    min_tokens: int | None = field(default=None, doc="The minimum number of tokens to generate.")
    repetition_penalty: float | None = field(default=None, doc="A penalty for repetition.")
    top_k: int | None = field(default=None, doc="The number of likely tokens to sample from.")
    logprobs: bool | None = field(default=None, doc="Whether to return log probabilities.")
    top_logprobs: int | None = field(default=None, doc="The number of likely tokens at each place.")
    prompt_logprobs: bool | None = field(default=None, doc="The same for the prompt.")
    top_prompt_logprobs: int | None = field(default=None, doc="The same for the prompt.")
    n: int | None = field(Integer(1), default=None, doc="The number of answers to generate.")
    prediction: Prediction | None = field(default=None, nullable=False)
    parallel_tool_calls: bool | None = field(
        default=None, nullable=False, doc="Whether the model may make several calls at once."
    )
    reasoning_effort: ReasoningEffort | str | None = field(
        OneOf(ReasoningEffort), default=None, doc="The amount of thinking."
    )
    prompt_mode: MistralPromptMode | str | None = field(
        default=None, doc="The API's system prompt."
    )
    guardrails: Sequence[GuardrailConfig] | None = None
    prompt_cache_key: str | None = field(default=None, doc="The key of a shared cache.")
    service_tier: RequestedServiceTier | str | None = field(default=None, doc="The service tier.")
    safe_prompt: bool | None = field(default=None, nullable=False, doc="Adds a safety prompt.")
    extra_body: Mapping[str, JSONValue] | None = field(
        default=None, local=True, doc="More parameters."
    )
    truncate_for_context_length: bool = field(default=False, local=True, doc="For tokenizers only.")
    continue_final_message: bool = field(default=False, local=True, doc="Sets the last `prefix`.")


# The SDK's names.
ChatCompletionStreamRequest = ChatCompletionRequest
JSONSchema = JsonSchema
ModerationLlmv1CategoryThresholds = ModerationLLMV1CategoryThresholds
ModerationLlmv1Config = ModerationLLMV1Config
ModerationLlmv2CategoryThresholds = ModerationLLMV2CategoryThresholds
ModerationLlmv2Config = ModerationLLMV2Config
