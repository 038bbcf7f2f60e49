"""What a copy inside another program may leave out, as the README tells it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto.testing import MockServer

PACKAGE = Path(mistral_proto.__file__).parent
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
TABLE = re.search(r"\| for \| these can go \|\n\|---\|---\|\n((?:\|.*\n)+)", README)
assert TABLE is not None
LEFT_OUT = {
    what: re.findall(r"`([^`]+)`", names)
    for what, names in re.findall(r"\| (.*) \| (.*) \|", TABLE[1])
}

TYPES = """
from copied import ChatCompletionRequest, ChatCompletionResponse, StreamAccumulator, ValidationError
from copied.sse import EventStreamParser
request = ChatCompletionRequest(model="m", messages=[{"role": "user", "content": "Hi"}])
assert ChatCompletionRequest.from_json(request.to_json()) == request
try:
    ChatCompletionRequest.from_dict({"messages": 1, "modle": "m"})
except ValidationError as error:
    assert "did you mean 'model'?" in str(error)
"""
CLIENT = (
    TYPES
    + """
from copied import Mistral
with Mistral(api_key="k", server_url=sys.argv[1]) as mistral:
    assert mistral.chat.complete(**request.to_dict()).choices[0].message.text == "You said: Hi"
    with mistral.chat.stream(**request.to_dict()) as events:
        text = "".join(event.data.choices[0].delta.content for event in events)
    assert text == "You said: Hi"
"""
)


@pytest.mark.parametrize(
    ("what", "code"), [("the types alone", TYPES), ("the types and the client", CLIENT)]
)
def test_a_copy_works_without_what_can_go(what: str, code: str, tmp_path: Path) -> None:
    copy = tmp_path / "copied"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for name in LEFT_OUT[what]:
        gone = copy / name
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink()

    with MockServer() as server:
        done = subprocess.run(
            [
                sys.executable, "-I", "-S", "-c",
                f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{code}", server.url,
            ],
            capture_output=True,
            text=True,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_the_table_is_of_both() -> None:
    assert list(LEFT_OUT) == ["the types and the client", "the types alone"]
    assert set(LEFT_OUT["the types alone"]) > set(LEFT_OUT["the types and the client"])
