"""Our requests in mistral_common's own tokenizer, in both ways that docs/migrating.md shows."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mistral_common
import pytest
from mistral_common.exceptions import MistralCommonException
from mistral_common.protocol.instruct.request import ChatCompletionRequest, InstructRequest
from mistral_common.tokens.tokenizers.base import SpecialTokens
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

import mistral_proto as m
from tests.package.pages import write_files

# Of mistral_common itself, at its first use.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_the_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_files(tmp_path, "tokens.py", server_url="")
    runpy.run_path(str(tmp_path / "tokens.py"))
    assert capsys.readouterr().out == "9\n9\n"


VERSIONS = ["v3", "v13"]


@pytest.fixture(scope="module", params=VERSIONS)
def tokenizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a tokenizer of a version, with the words of the one in their package."""
    document = json.loads(
        Path(mistral_common.__file__).parent.joinpath("data", "tekken_240911.json").read_bytes()
    )
    document["config"]["version"] = request.param
    if request.param == "v13":
        document["special_tokens"] = [
            {"rank": rank, "token_str": token, "is_control": True}
            for rank, token in enumerate(SpecialTokens)
        ]
    path = tmp_path_factory.mktemp("tokenizers") / "tekken.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return MistralTokenizer.from_file(str(path))


HI = m.UserMessage(content="How warm is it in Paris?")
TOOLS = [m.Tool(function=m.Function(name="f", parameters={"type": "object", "properties": {}}))]
CALL = m.ToolCall(id="a1b2c3d4e", function=m.FunctionCall(name="f", arguments={"city": "Paris"}))
TOOL_USE = [
    m.SystemMessage(content="Be brief."),
    HI,
    m.AssistantMessage(content="", tool_calls=[CALL]),
    m.ToolMessage(content="12 °C", tool_call_id="a1b2c3d4e", name="f"),
]
THOUGHT = m.ThinkChunk(thinking=[m.TextChunk(text="In degrees.")])
THINKING = [HI, m.AssistantMessage(content=[THOUGHT, m.TextChunk(text="12.")]), HI]

# A request, and the ways that fail, with the reasons.
REQUESTS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a tool": ({"messages": TOOL_USE, "tools": TOOLS}, {}),
    "a choice": ({"messages": [HI], "tools": TOOLS, "tool_choice": "any"}, {}),
    "settings": ({"messages": [HI], "temperature": 0.3, "max_tokens": 5, "random_seed": 7}, {}),
    "an unknown field": ({"messages": [HI], "safe_prompt": True}, {"to_dict": "its types refuse it"}),
    "thinking": (
        {"messages": THINKING},
        {"to_dict": "its thinking is a string", "normalized": "the chunks stay what they are"},
    ),
    "a prefix": ({"messages": [HI, m.AssistantMessage(content="It", prefix=True)]}, {}),
}  # fmt: skip
# Requests that older versions do not support.
SINCE = {"thinking": "v13"}


def normalized(tokenizer: Any, request: m.ChatCompletionRequest) -> Any:
    normalizer = m.get_normalizer(tokenizer.instruct_tokenizer.tokenizer.version.value)
    ready = normalizer.from_chat_completion_request(request)
    theirs = InstructRequest.model_validate(ready.to_dict())
    return tokenizer.instruct_tokenizer.encode_instruct(theirs)


WAYS: dict[str, Callable[[Any, m.ChatCompletionRequest], Any]] = {
    "to_dict": lambda tokenizer, request: tokenizer.encode_chat_completion(
        ChatCompletionRequest.model_validate(request.to_dict())
    ),
    "to_openai": lambda tokenizer, request: tokenizer.encode_chat_completion(
        ChatCompletionRequest.from_openai(**request.to_openai())
    ),
    "normalized": normalized,
}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_way_gives_the_same_tokens(name: str, tokenizer: Any) -> None:
    fields, impossible = REQUESTS[name]
    version = tokenizer.instruct_tokenizer.tokenizer.version.value
    knows = VERSIONS.index(version) >= VERSIONS.index(SINCE.get(name, "v3"))
    tokens = []
    for way, encode in WAYS.items():
        try:
            request = m.ChatCompletionRequest(model="m", **fields)
            tokens.append(encode(tokenizer, request).tokens)
        except (MistralCommonException, ValueError):
            assert way in impossible or not knows
    assert tokens == tokens[:1] * (len(WAYS) - len(impossible)) * knows
