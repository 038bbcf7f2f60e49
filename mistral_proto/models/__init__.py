"""The SDK's names of chat, as in ``from mistral_proto.models import UserMessage``."""

from __future__ import annotations

from .. import _HOME_OF as _OURS
from ..lazy_names import add_aliases, load, modules_of_names

# As in the package's own `__init__`.
_HOMES = {
    "..types": "Nullable OptionalNullable UNSET Unset",
    ".names": (
        "Arguments AssistantMessageContent ChatCompletionRequestMessage ChatCompletionRequestStop"
        " ChatCompletionRequestTool ChatCompletionRequestToolChoice"
        " ChatCompletionStreamRequestMessage ChatCompletionStreamRequestMessages"
        " ChatCompletionStreamRequestStop ChatCompletionStreamRequestTool"
        " ChatCompletionStreamRequestToolChoice Content CustomConnectorAuthorization"
        " DeltaMessageContent File ImageURLChunkImageURL ImageURLUnion Messages Metadata ReferenceID"
        " ResourceChunkContent Stop SystemMessageContent SystemMessageContentChunks Thinking"
        " ToolChoice ToolMessageContent ToolReferenceChunkTool UnknownResourceChunkContent"
        " UserMessageContent"
    ),
}
_OF_CHAT = {n: f".{home}" for n, home in _OURS.items() if home.startswith((".errors", ".protocol"))}
_HOME_OF = {**_OF_CHAT, **modules_of_names(_HOMES)}
_NOTE = "; only the SDK's names of chat completion are here"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..errors import *
    from ..protocol.accumulator import *
    from ..protocol.chunk import *
    from ..protocol.instruct import *
    from ..protocol.messages import *
    from ..protocol.request import *
    from ..protocol.response import *
    from ..protocol.tool_calls import (
        APIKeyAuth as APIKeyAuth,
        CodeInterpreterTool as CodeInterpreterTool,
        CustomConnector as CustomConnector,
        DocumentLibraryTool as DocumentLibraryTool,
        Function as Function,
        FunctionCall as FunctionCall,
        FunctionName as FunctionName,
        ImageGenerationTool as ImageGenerationTool,
        NamedToolChoice as NamedToolChoice,
        OAuth2TokenAuth as OAuth2TokenAuth,
        Tool as Tool,
        ToolCall as ToolCall,
        ToolChoiceEnum as ToolChoiceEnum,
        ToolConfiguration as ToolConfiguration,
        ToolType as ToolType,
        ToolTypes as ToolTypes,
        WebSearchPremiumTool as WebSearchPremiumTool,
        WebSearchTool as WebSearchTool,
    )
    from ..types import *
    from .names import *


else:  # hidden from type checkers, which would take any name for granted
    __all__ = [*_HOME_OF]

    def __getattr__(name):
        return load(name, globals(), {name: ".names"} if name.endswith("TypedDict") else _HOME_OF)

    def __dir__():
        return __all__


PATHS = [*(name.lower() for name in _HOME_OF), "no_response_error"]
"""The SDK's modules, one for each type."""
add_aliases(PATHS, __name__)
