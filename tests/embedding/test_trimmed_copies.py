"""A copy without some parts works, and says of what is missing that it is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto.embedding.bundling import bundle
from mistral_proto.embedding.parts import ONLY
from mistral_proto.embedding.vendoring import vendor
from mistral_proto.testing import MockServer
from tests.embedding.isolated import run

TYPES = """
import copied
from copied import ChatCompletionRequest, ChatCompletionResponse, StreamAccumulator, ValidationError
from copied.sse import EventStreamParser
request = ChatCompletionRequest(model="m", messages=[{"role": "user", "content": "Hi"}])
# As often as it takes for what makes a type fast to come in.
for _ in range(300):
    assert ChatCompletionRequest.from_json(request.to_json()) == request
try:
    ChatCompletionRequest.from_dict({"messages": 1, "modle": "m"})
except ValidationError as error:
    assert "did you mean 'model'?" in str(error)
"""
CLIENT = (
    TYPES
    + """
from dataclasses import dataclass
from copied import Mistral
@dataclass
class Said:
    text: str
def now() -> str:
    return "noon"
with Mistral(api_key="k", server_url=sys.argv[1]) as mistral:
    assert mistral.chat.complete(**request.to_dict()).choices[0].message.text == "You said: Hi"
    with mistral.chat.stream(**request.to_dict()) as events:
        text = "".join(event.data.choices[0].delta.content for event in events)
    assert text == "You said: Hi"
    parsed = mistral.chat.parse(Said, **request.to_dict()).choices[0].message.parsed
    assert parsed == Said("Hi")
    run = mistral.chat.run_tools(tools=[now], **request.to_dict())
    assert run.until_done().choices[0].message.text == "Bye"
"""
)
USES = {"types": TYPES, "client": CLIENT}


FORMS = ["folder", "file"]


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Gives, for a form and what the copy is for, a folder with it, named ``copied``."""

    @cache
    def made(form: str, only: str) -> Path:
        folder = tmp_path_factory.mktemp(f"{form}-{only}")
        if form == "folder":
            vendor(folder, name="copied", only=only)
        else:
            bundle(folder / "copied.py", only=only)
        return folder

    return made


@pytest.fixture(params=FORMS)
def copy(request: pytest.FixtureRequest, only: str, copies: Callable[[str, str], Path]) -> Path:
    return copies(request.param, only)


@pytest.mark.parametrize("only", ONLY)
def test_it_works(copy: Path, only: str) -> None:
    with MockServer(["You said: Hi", "You said: Hi", '{"text": "Hi"}', "Bye"]) as server:
        run(USES[only], copy, arguments=(server.url,))


@pytest.mark.parametrize("only", ONLY)
def test_it_offers_what_it_has(copy: Path, only: str) -> None:
    offered = json.loads(
        run(
            "import copied, json\nfor name in copied.__all__: getattr(copied, name)\n"
            "print(json.dumps([copied.__all__, sorted(set(copied.__all__) & set(dir(copied)))]))",
            copy,
        )
    )
    names, listed = offered
    assert sorted(names) == listed
    assert {"ChatCompletionRequest", "EventStreamParser", "ValidationError"} < {*names}
    assert ("Mistral" in names) == ("ToolRun" in names) == (only == "client")
    assert {*names} < {*mistral_proto.__all__}
    assert not {"testing", "openai", "check_conversation", "get_normalizer"} & {*names}


SERVER = """
import json, urllib.request
from copied import testing
body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
with testing.MockServer(["Oui"]) as server:
    url, headers = server.url + "/v1/chat/completions", {"authorization": "Bearer k"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        print(json.load(answer)["choices"][0]["message"]["content"])
"""


@pytest.mark.parametrize("only", [None, "client"])
def test_the_server_for_tests_is_there_if_asked(only: str | None, tmp_path: Path) -> None:
    vendor(tmp_path / "folder", name="copied", only=only, testing=True)
    (tmp_path / "file").mkdir()
    bundle(tmp_path / "file" / "copied.py", only=only, testing=True)
    for form in FORMS:
        assert run(SERVER, tmp_path / form) == "Oui\n"


SDK = """
import mistralai
from mistralai import Mistral, UserMessage
from mistralai.azure.client import MistralAzure, models as azure_models
from mistralai.client import Mistral as TheSame, models
from mistralai.client.models.assistantmessage import AssistantMessage
from mistralai.extra.struct_chat import ParsedChatCompletionResponse
from mistralai.gcp.client import MistralGCP
from mistralai.models import CompletionChunk, Messages, ToolTypedDict
from mistralai.models.sdkerror import SDKError
from mistralai.sdk import Mistral as AndHere
from mistralai.types import UNSET
from mistralai.utils import BackoffStrategy, RetryConfig
assert Mistral is TheSame is AndHere and mistralai.models.UserMessage is UserMessage
assert azure_models.AssistantMessage is models.AssistantMessage is AssistantMessage
with Mistral(api_key="k", server_url=sys.argv[1], retry_config=UNSET) as client:
    said = client.chat.complete(model="m", messages=[{"role": "user", "content": "Hi"}])
    assert said.choices[0].message == AssistantMessage(content="You said: Hi")
"""


@pytest.mark.parametrize("only", [None, "client"])
def test_a_copy_in_the_place_of_the_sdk(only: str | None, tmp_path: Path) -> None:
    vendor(tmp_path / "folder", name="mistralai", only=only)
    (tmp_path / "file").mkdir()
    bundle(tmp_path / "file" / "mistralai.py", only=only)
    for form in FORMS:
        with MockServer(["You said: Hi"]) as server:
            run(SDK, tmp_path / form, arguments=(server.url,))


MISSING: list[tuple[str, str, str, str]] = [
    # (in which copies, what fails, how, and what is said)
    ("types client", "copied.testing", "AttributeError", "module 'copied' has no attribute"),
    ("types client", "copied.check_conversation", "AttributeError", "has no attribute"),
    ("types", "copied.Mistral", "AttributeError", "has no attribute 'Mistral'"),
    ("types client", "copied.Mistrel", "AttributeError", "has no attribute 'Mistrel'"),
    ("types client", "from copied import MockServer", "ImportError", "cannot import name"),
    ("types client", "import copied.testing", "ImportError", "copied.testing is not here"),
    ("types client", "import copied.cli", "ImportError", "copied.cli is not here"),
    ("types", "import copied.client.mistral", "ImportError", "copied.client is not here"),
    (
        "types client",
        "copied.UserMessage(content='Hi').to_openai()",
        "ImportError",
        "copied.conversions is not here",
    ),
    ("types", "copied.Tool.from_function(print)", "ImportError", "copied.structured is not here"),
    (
        "client",
        "copied.Mistral('k', check_conversation=True).chat.complete(model='m', messages=[])",
        "ImportError",
        "copied.conversation is not here",
    ),
]


@pytest.mark.parametrize(
    ("only", "action", "kind", "words"),
    [(only, *case) for where, *case in MISSING for only in where.split()],
)
def test_what_is_missing_is_told(copy: Path, only: str, action: str, kind: str, words: str) -> None:
    said = run(
        f"import copied\ntry:\n    {action}\nexcept {kind} as error:\n    print(error)", copy
    )
    assert words in said
    # The first is Python's own word, and the second a name that no copy has.
    is_told = words not in ("cannot import name", "has no attribute 'Mistrel'")
    assert (f"this copy was made with --only {only} and without --testing" in said) is is_told
