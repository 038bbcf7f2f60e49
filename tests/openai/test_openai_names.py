"""The names and paths of `mistral_proto.openai`, and the modules that they load."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from mistral_proto import openai
from tests.imported_from import ROOT


def test_paths_of_openais_package() -> None:
    for module, name in {
        "chat_completion_message_tool_call": "Function",
        "chat_completion_message": "ChatCompletionMessage",
        "completion_usage": "CompletionUsage",
    }.items():
        found = importlib.import_module(f"{openai.__name__}.{module}")
        assert getattr(found, name) is getattr(openai, name)
    assert not hasattr(openai, "ChatCompletionX")


@pytest.mark.native
def test_only_what_is_used_is_loaded() -> None:
    # Other paths to the package itself are no modules of their own.
    show = "print(*sorted(n for n, m in sys.modules.items() if n == m.__name__ and 'openai' in n))"
    package = "mistral_proto.openai"
    types = [f"{package}.chat_completion", f"{package}.chat_completion_chunk"]
    for code, expected in {
        "import mistral_proto.openai": [package],
        "from mistral_proto import Mistral, ChatCompletionResponse": [],
        "from mistral_proto.openai import ChatCompletionChunk": [package, *types],
    }.items():
        program = f"import sys; sys.path[:0] = [{str(ROOT)!r}]; {code}; {show}"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == expected
