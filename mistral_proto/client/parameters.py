"""The parameters of the methods of `Chat`, for type checkers; not loaded at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Protocol, TypeAlias, TypedDict, TypeVar, overload

    from typing_extensions import Unpack

    from ..protocol.messages import ChatMessage
    from ..protocol.request import (
        ChatCompletionRequest,
        GuardrailConfig,
        MistralPromptMode,
        Prediction,
        ReasoningEffort,
        RequestedServiceTier,
        ResponseFormat,
    )
    from ..protocol.tool_calls import NamedToolChoice, RequestTool, ToolChoiceEnum
    from ..retry import RetryConfig
    from ..types import OptionalNullable
    from .options import Timeouts

    R_co = TypeVar("R_co", covariant=True)

    JSONMapping: TypeAlias = Mapping[str, object]
    Messages: TypeAlias = Iterable[ChatMessage | JSONMapping]
    RunnableTool: TypeAlias = RequestTool | JSONMapping | Callable[..., object]

    class CallOptions(TypedDict, total=False):
        """The options of a call, which override the client's."""

        retries: OptionalNullable[RetryConfig | int | bool]
        server_url: OptionalNullable[str]
        timeout_ms: OptionalNullable[float | Timeouts]
        http_headers: OptionalNullable[Mapping[str, str]]
        extra_body: OptionalNullable[JSONMapping]
        max_gathered: OptionalNullable[int]

    class _Parameters(CallOptions, total=False):
        """The optional parameters of every call."""

        stream: OptionalNullable[bool]
        temperature: OptionalNullable[float]
        top_p: OptionalNullable[float]
        max_tokens: OptionalNullable[int]
        stop: OptionalNullable[Sequence[str] | str]
        random_seed: OptionalNullable[int]
        metadata: OptionalNullable[JSONMapping]
        tool_choice: OptionalNullable[ToolChoiceEnum | NamedToolChoice | JSONMapping | str]
        presence_penalty: OptionalNullable[float]
        frequency_penalty: OptionalNullable[float]
        min_tokens: OptionalNullable[int]
        repetition_penalty: OptionalNullable[float]
        top_k: OptionalNullable[int]
        logprobs: OptionalNullable[bool]
        top_logprobs: OptionalNullable[int]
        prompt_logprobs: OptionalNullable[bool]
        top_prompt_logprobs: OptionalNullable[int]
        n: OptionalNullable[int]
        prediction: OptionalNullable[Prediction | JSONMapping]
        parallel_tool_calls: OptionalNullable[bool]
        reasoning_effort: OptionalNullable[ReasoningEffort | str]
        prompt_mode: OptionalNullable[MistralPromptMode | str]
        guardrails: OptionalNullable[Sequence[GuardrailConfig | JSONMapping]]
        prompt_cache_key: OptionalNullable[str]
        service_tier: OptionalNullable[RequestedServiceTier | str]
        safe_prompt: OptionalNullable[bool]

    class ParseParameters(_Parameters, total=False):
        """The parameters of `parse`."""

        model: str
        messages: Messages
        tools: OptionalNullable[Sequence[RequestTool | JSONMapping]]

    class ToolRunParameters(_Parameters, total=False):
        """The parameters of `run_tools`."""

        model: str
        messages: Messages
        response_format: OptionalNullable[ResponseFormat | JSONMapping]

    class Parameters(_Parameters, total=False):
        """The parameters of `complete` and `stream`."""

        tools: OptionalNullable[Sequence[RequestTool | JSONMapping]]
        response_format: OptionalNullable[ResponseFormat | JSONMapping]

    class Asks(Protocol[R_co]):
        """A method that accepts a request, or its parameters."""

        @overload
        def __call__(
            self, request: ChatCompletionRequest, /, **options: Unpack[CallOptions]
        ) -> R_co: ...
        @overload
        def __call__(
            self, *, model: str, messages: Messages, **parameters: Unpack[Parameters]
        ) -> R_co: ...
