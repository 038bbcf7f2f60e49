"""The parameters of the methods of `Chat`, for type checkers; not there at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Protocol, TypeAlias, TypedDict, TypeVar, overload

    from typing_extensions import Unpack

    from ..protocol.guardrails import GuardrailConfig
    from ..protocol.messages import ChatMessage
    from ..protocol.request import (
        ChatCompletionRequest,
        MistralPromptMode,
        Prediction,
        ReasoningEffort,
        RequestedServiceTier,
        ResponseFormat,
    )
    from ..protocol.tool_calls import NamedToolChoice, RequestTool, ToolChoiceEnum
    from ..retry import RetryConfig
    from .options import Timeouts

    R_co = TypeVar("R_co", covariant=True)

    JSONMapping: TypeAlias = Mapping[str, object]
    Messages: TypeAlias = Iterable[ChatMessage | JSONMapping]
    RunnableTool: TypeAlias = RequestTool | JSONMapping | Callable[..., object]

    class CallOptions(TypedDict, total=False):
        """What a call may override of the client's settings."""

        retries: RetryConfig | int | bool | None
        server_url: str | None
        timeout_ms: float | Timeouts | None
        http_headers: Mapping[str, str] | None
        extra_body: JSONMapping | None
        max_gathered: int | None

    class _Parameters(CallOptions, total=False):
        """The optional parameters that every call takes."""

        stream: bool | None
        temperature: float | None
        top_p: float | None
        max_tokens: int | None
        stop: Sequence[str] | str | None
        random_seed: int | None
        metadata: JSONMapping | None
        tool_choice: ToolChoiceEnum | NamedToolChoice | JSONMapping | str | None
        presence_penalty: float | None
        frequency_penalty: float | None
        min_tokens: int | None
        repetition_penalty: float | None
        top_k: int | None
        logprobs: bool | None
        top_logprobs: int | None
        prompt_logprobs: bool | None
        top_prompt_logprobs: int | None
        n: int | None
        prediction: Prediction | JSONMapping | None
        parallel_tool_calls: bool | None
        reasoning_effort: ReasoningEffort | str | None
        prompt_mode: MistralPromptMode | str | None
        guardrails: Sequence[GuardrailConfig | JSONMapping] | None
        prompt_cache_key: str | None
        service_tier: RequestedServiceTier | str | None
        safe_prompt: bool | None

    class ParseParameters(_Parameters, total=False):
        """Those of `parse`, whose format has a type of its own."""

        model: str
        messages: Messages
        tools: Sequence[RequestTool | JSONMapping] | None

    class ToolRunParameters(_Parameters, total=False):
        """Those of `run_tools`, whose tools may be functions."""

        model: str
        messages: Messages
        response_format: ResponseFormat | JSONMapping | None

    class Parameters(_Parameters, total=False):
        """Those of `complete` and `stream`."""

        tools: Sequence[RequestTool | JSONMapping] | None
        response_format: ResponseFormat | JSONMapping | None

    class Asks(Protocol[R_co]):
        """A method that takes a request, or its parameters."""

        @overload
        def __call__(
            self, request: ChatCompletionRequest, /, **options: Unpack[CallOptions]
        ) -> R_co: ...
        @overload
        def __call__(
            self, *, model: str, messages: Messages, **parameters: Unpack[Parameters]
        ) -> R_co: ...
