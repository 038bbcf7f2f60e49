"""OpenAI's chat completion types, and conversions between them and Mistral's.

Loaded only when used: a user of the client never pays for it.
"""

from __future__ import annotations

from ..lazy_names import load, modules_of_names

# As in the package's own `__init__`: a name loads its module when it is first
# used, and the imports for type checkers say the same again.
_HOMES = {
    "..conversions.adapt_request": "AdaptedRequest adapt_request",
    "..conversions.answers": (
        "chunk_from_openai chunk_to_openai completion_from_openai completion_to_openai"
    ),
    "..conversions.request_to_openai": "request_to_openai",
    "..conversions.rules": "Change Converted",
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
    ".moderation": (
        "Moderation ModerationInputError ModerationInputModerationResults"
        " ModerationInputModerationResultsResult ModerationOutputError"
        " ModerationOutputModerationResults ModerationOutputModerationResultsResult"
        " UnknownModeration"
    ),
}
_HOME_OF = modules_of_names(_HOMES)

__all__ = [*_HOME_OF]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..conversions.adapt_request import *
    from ..conversions.answers import *
    from ..conversions.request_to_openai import *
    from ..conversions.rules import *
    from .chat_completion import ChatCompletion as ChatCompletion, Choice as Choice
    from .chat_completion_audio import *
    from .chat_completion_chunk import (
        ChatCompletionChunk as ChatCompletionChunk,
        ChoiceDelta as ChoiceDelta,
        ChoiceDeltaAudio as ChoiceDeltaAudio,
        ChoiceDeltaFunctionCall as ChoiceDeltaFunctionCall,
        ChoiceDeltaToolCall as ChoiceDeltaToolCall,
        ChoiceDeltaToolCallFunction as ChoiceDeltaToolCallFunction,
    )
    from .chat_completion_message import *
    from .chat_completion_message_tool_call import *
    from .chat_completion_token_logprob import *
    from .completion_usage import *
    from .moderation import *


else:  # hidden from type checkers, which would take any name for granted

    def __getattr__(name: str) -> object:
        return load(name, globals(), _HOME_OF)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
