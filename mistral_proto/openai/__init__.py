"""OpenAI's types of chat completion, and conversions between them and Mistral's."""

from __future__ import annotations

from ..lazy_names import add_aliases, load, modules_of_names

# As in the package's own `__init__`.
_HOMES = {
    "..conversions.adapt_request": "AdaptedRequest adapt_request",
    "..conversions.answers": (
        "chunk_from_openai chunk_to_openai completion_from_openai completion_to_openai"
    ),
    "..conversions.request_to_openai": "request_to_openai",
    "..conversions.rules": "Change Converted",
    ".chat_completion": (
        "Annotation AnnotationURLCitation ChatCompletion ChatCompletionAudio"
        " ChatCompletionMessage ChatCompletionMessageCustomToolCall"
        " ChatCompletionMessageFunctionToolCall ChatCompletionMessageToolCall"
        " ChatCompletionMessageToolCallUnion ChatCompletionTokenLogprob Choice ChoiceLogprobs"
        " CompletionTokensDetails CompletionUsage Custom Function FunctionCall Moderation"
        " ModerationInputError ModerationInputModerationResults"
        " ModerationInputModerationResultsResult ModerationOutputError"
        " ModerationOutputModerationResults ModerationOutputModerationResultsResult"
        " PromptTokensDetails TopLogprob UnknownModeration UnknownToolCall"
    ),
    ".chat_completion_chunk": (
        "ChatCompletionChunk ChoiceDelta ChoiceDeltaAudio ChoiceDeltaFunctionCall"
        " ChoiceDeltaToolCall ChoiceDeltaToolCallFunction"
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
    from .chat_completion import *
    from .chat_completion_chunk import *


else:  # hidden from type checkers, which would take any name for granted

    def __getattr__(name: str) -> object:
        return load(name, globals(), _HOME_OF)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


# OpenAI's modules for the types that `chat_completion` has here.
_MODULES = "chat_completion_audio chat_completion_message chat_completion_message_tool_call"
add_aliases([*_MODULES.split(), "chat_completion_token_logprob", "completion_usage"], __name__)
