"""OpenAI's chat completion types, and conversions between them and Mistral's.

Loaded only when used: a user of the client never pays for it.
"""

from __future__ import annotations

from ..lazy_names import home_of_each, load

# As in the package's own `__init__`: a name loads its module when it is first
# used, and the imports for type checkers say the same again.
_HOMES = {
    "..conversions.adapt_request": "AdaptedRequest adapt_request",
    "..conversions.changes": "Change Converted",
    "..conversions.completion_chunks": "chunk_from_openai chunk_to_openai",
    "..conversions.completions": "completion_from_openai completion_to_openai",
    ".chat_completion": "ChatCompletion Choice",
    ".chat_completion_audio": "ChatCompletionAudio",
    ".chat_completion_chunk": (
        "ChatCompletionChunk ChoiceDelta ChoiceDeltaAudio ChoiceDeltaFunctionCall"
        " ChoiceDeltaToolCall ChoiceDeltaToolCallFunction"
    ),
    ".chat_completion_message": (
        "Annotation AnnotationURLCitation ChatCompletionMessage FunctionCall"
    ),
    ".chat_completion_message_tool_call": (
        "ChatCompletionMessageCustomToolCall ChatCompletionMessageFunctionToolCall"
        " ChatCompletionMessageToolCall ChatCompletionMessageToolCallUnion Custom Function"
        " UnknownToolCall"
    ),
    ".chat_completion_token_logprob": "ChatCompletionTokenLogprob ChoiceLogprobs TopLogprob",
    ".completion_usage": "CompletionTokensDetails CompletionUsage PromptTokensDetails",
    ".enumerations": (
        "ChatCompletionChunkObject ChatCompletionObject ChatCompletionRole FinishReason"
        " InputType MessageRole ServiceTier ToolCallType"
    ),
    ".moderation": (
        "Moderation ModerationInputError ModerationInputModerationResults"
        " ModerationInputModerationResultsResult ModerationOutputError"
        " ModerationOutputModerationResults ModerationOutputModerationResultsResult"
        " UnknownModeration"
    ),
}
_HOME_OF = home_of_each(_HOMES)

__all__ = [*_HOME_OF]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..conversions.adapt_request import (
        AdaptedRequest as AdaptedRequest,
        adapt_request as adapt_request,
    )
    from ..conversions.changes import Change as Change, Converted as Converted
    from ..conversions.completion_chunks import (
        chunk_from_openai as chunk_from_openai,
        chunk_to_openai as chunk_to_openai,
    )
    from ..conversions.completions import (
        completion_from_openai as completion_from_openai,
        completion_to_openai as completion_to_openai,
    )
    from .chat_completion import (
        ChatCompletion as ChatCompletion,
        Choice as Choice,
    )
    from .chat_completion_audio import (
        ChatCompletionAudio as ChatCompletionAudio,
    )
    from .chat_completion_chunk import (
        ChatCompletionChunk as ChatCompletionChunk,
        ChoiceDelta as ChoiceDelta,
        ChoiceDeltaAudio as ChoiceDeltaAudio,
        ChoiceDeltaFunctionCall as ChoiceDeltaFunctionCall,
        ChoiceDeltaToolCall as ChoiceDeltaToolCall,
        ChoiceDeltaToolCallFunction as ChoiceDeltaToolCallFunction,
    )
    from .chat_completion_message import (
        Annotation as Annotation,
        AnnotationURLCitation as AnnotationURLCitation,
        ChatCompletionMessage as ChatCompletionMessage,
        FunctionCall as FunctionCall,
    )
    from .chat_completion_message_tool_call import (
        ChatCompletionMessageCustomToolCall as ChatCompletionMessageCustomToolCall,
        ChatCompletionMessageFunctionToolCall as ChatCompletionMessageFunctionToolCall,
        ChatCompletionMessageToolCall as ChatCompletionMessageToolCall,
        ChatCompletionMessageToolCallUnion as ChatCompletionMessageToolCallUnion,
        Custom as Custom,
        Function as Function,
        UnknownToolCall as UnknownToolCall,
    )
    from .chat_completion_token_logprob import (
        ChatCompletionTokenLogprob as ChatCompletionTokenLogprob,
        ChoiceLogprobs as ChoiceLogprobs,
        TopLogprob as TopLogprob,
    )
    from .completion_usage import (
        CompletionTokensDetails as CompletionTokensDetails,
        CompletionUsage as CompletionUsage,
        PromptTokensDetails as PromptTokensDetails,
    )
    from .enumerations import (
        ChatCompletionChunkObject as ChatCompletionChunkObject,
        ChatCompletionObject as ChatCompletionObject,
        ChatCompletionRole as ChatCompletionRole,
        FinishReason as FinishReason,
        InputType as InputType,
        MessageRole as MessageRole,
        ServiceTier as ServiceTier,
        ToolCallType as ToolCallType,
    )
    from .moderation import (
        Moderation as Moderation,
        ModerationInputError as ModerationInputError,
        ModerationInputModerationResults as ModerationInputModerationResults,
        ModerationInputModerationResultsResult as ModerationInputModerationResultsResult,
        ModerationOutputError as ModerationOutputError,
        ModerationOutputModerationResults as ModerationOutputModerationResults,
        ModerationOutputModerationResultsResult as ModerationOutputModerationResultsResult,
        UnknownModeration as UnknownModeration,
    )


else:  # hidden from type checkers, which would take any name for granted

    def __getattr__(name: str) -> object:
        return load(name, globals(), _HOME_OF)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
