"""What the calls of `Chat` take, for type checkers; nothing of it is there at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from typing_extensions import Unpack

    from ..protocol.guardrails import GuardrailConfig
    from ..protocol.messages import ChatMessage
    from ..protocol.request import (
        MistralPromptMode,
        Prediction,
        ReasoningEffort,
        RequestedServiceTier,
        ResponseFormat,
    )
    from ..protocol.response import ChatCompletionResponse
    from ..protocol.tool_calls import NamedToolChoice, RequestTool, ToolChoiceEnum
    from .async_stream import EventStreamAsync
    from .sender import CallOptions, Sender
    from .stream import EventStream

    JSONMapping: TypeAlias = Mapping[str, object]
    Messages: TypeAlias = Sequence[ChatMessage | JSONMapping]
    RunnableTool: TypeAlias = RequestTool | JSONMapping | Callable[..., object]

    class _Parameters(CallOptions, total=False):
        """The optional parameters that every call takes."""

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

        tools: Sequence[RequestTool | JSONMapping] | None

    class ToolRunParameters(_Parameters, total=False):
        """Those of `run_tools`, whose tools may be functions."""

        response_format: ResponseFormat | JSONMapping | None

    class Parameters(ParseParameters, ToolRunParameters, total=False):
        """Those of `complete` and `stream`."""

    class Calls:
        """The calls that the others are made of."""

        _sender: Sender

        def complete(
            self,
            *,
            model: str,
            messages: Messages,
            stream: bool | None = False,
            **parameters: Unpack[Parameters],
        ) -> ChatCompletionResponse: ...

        async def complete_async(
            self,
            *,
            model: str,
            messages: Messages,
            stream: bool | None = False,
            **parameters: Unpack[Parameters],
        ) -> ChatCompletionResponse: ...

        def stream(
            self,
            *,
            model: str,
            messages: Messages,
            stream: bool | None = True,
            **parameters: Unpack[Parameters],
        ) -> EventStream: ...

        def stream_async(
            self,
            *,
            model: str,
            messages: Messages,
            stream: bool | None = True,
            **parameters: Unpack[Parameters],
        ) -> EventStreamAsync: ...
