"""The examples of the SDK's chat page, verbatim but for the import."""

from __future__ import annotations

import re

import pytest

from mistral_proto.testing import MockServer
from tests.client.support import KEY
from tests.recorded.shared_folder import missing_reason, shared_folder

COMPLETE = """\
from mistralai.client import Mistral
import os


with Mistral(
    api_key=os.getenv("MISTRAL_API_KEY", ""),
) as mistral:

    res = mistral.chat.complete(model="mistral-large-latest", messages=[
        {
            "role": "user",
            "content": "Who is the best French painter? Answer in one short sentence.",
        },
    ], stream=False, response_format={
        "type": "text",
    })

    # Handle response
    print(res)
"""
STREAM = """\
from mistralai.client import Mistral
import os


with Mistral(
    api_key=os.getenv("MISTRAL_API_KEY", ""),
) as mistral:

    res = mistral.chat.stream(model="mistral-large-latest", messages=[
        {
            "role": "user",
            "content": "Who is the best French painter? Answer in one short sentence.",
        },
    ], stream=True, response_format={
        "type": "text",
    })

    with res as event_stream:
        for event in event_stream:
            # handle event
            print(event, flush=True)
"""


def run(example: str, server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mistral_proto.client.mistral.DEFAULT_SERVER_URL", server.url)
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    ours = example.replace("from mistralai.client import", "from mistral_proto import")
    assert ours != example
    exec(compile(ours, "<example>", "exec"), {})
    (received,) = server.requests
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert received.request is not None
    assert received.request.model == "mistral-large-latest"


def test_complete(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with MockServer(["Monet."]) as server:
        run(COMPLETE, server, monkeypatch)
    printed = capsys.readouterr().out
    assert printed.startswith("ChatCompletionResponse(id='chatcmpl-")
    assert "AssistantMessage(role='assistant', content='Monet.', prefix=False)" in printed


def test_stream(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with MockServer(["Claude Monet."]) as server:
        run(STREAM, server, monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    assert all(
        line.startswith("CompletionEvent(data=ChatCompletionStreamResponse(") for line in lines
    )
    assert re.findall(r"content='([^']*)'", "".join(lines)) == ["", "Claude", " Monet.", ""]


@pytest.mark.parametrize("example", [COMPLETE, STREAM], ids=["complete", "stream"])
def test_the_page_has_the_example(example: str) -> None:
    folder = shared_folder()
    if folder is None:
        pytest.skip(missing_reason())
    (page,) = folder.glob("seeds/001_*.txt")
    assert example in page.read_text("utf-8")
