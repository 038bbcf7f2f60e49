"""A folder and a file of each kind: they work, and report what they go without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto.cli import main
from mistral_proto.embedding.contents import CONTENTS, files_of_a_copy, module_name
from mistral_proto.testing import MockServer
from tests.package.loading import run

TYPES = """
import copied, importlib, json, pickle
from copied import ChatCompletionRequest, StreamAccumulator, UserMessage, ValidationError
from copied.sse import EventStreamParser
request = ChatCompletionRequest(model="m", messages=[UserMessage(content="Hi")])
assert ChatCompletionRequest.from_json(request.to_json()) == request
assert pickle.loads(pickle.dumps(request)) == request
assert type(request).__module__ == "copied.protocol.request"
try:
    ChatCompletionRequest.from_dict({"messages": 1, "modle": "m"})
except ValidationError as error:
    assert "did you mean 'model'?" in str(error)
for module in sys.argv[1].split():
    importlib.import_module("copied." + module)
for name in copied.__all__:
    assert getattr(copied, name) is getattr(copied, name)
assert {*copied.__all__} <= {*dir(copied)}
"""
CLIENT = """
import copied
from dataclasses import dataclass
from copied import Mistral, ToolRun
@dataclass
class Said:
    text: str
def now() -> str:
    return "noon"
ask = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
with Mistral(api_key="k", server_url=sys.argv[2]) as mistral:
    assert mistral.chat.complete(**ask).choices[0].message.text == "You said: Hi"
    with mistral.chat.stream(**ask) as events:
        assert "".join(event.data.choices[0].delta.content for event in events) == "You said: Hi"
    assert mistral.chat.parse(Said, **ask).choices[0].message.parsed == Said("Hi")
    assert mistral.chat.run_tools(tools=[now], **ask).until_done().choices[0].message.text == "Bye"
"""
TESTING = """
import json, urllib.request
from copied.testing import MockServer
with MockServer(["Oui"]) as server:
    url, headers = server.url + "/v1/chat/completions", {"authorization": "Bearer k"}
    request = urllib.request.Request(url, json.dumps(ask).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["choices"][0]["message"]["content"] == "Oui"
"""
ALL = """
import copied.conversation, copied.batch, copied.openai
assert copied.UserMessage(content="Hi").to_openai() == {"role": "user", "content": "Hi"}
assert copied.convert_openai_messages([{"role": "user", "content": "Hi"}])
"""
USES = {"types": [TYPES], "client": [TYPES, CLIENT], "testing": [TYPES, CLIENT, TESTING]}
USES["all"] = [TYPES, CLIENT, TESTING, ALL]

MISSING: list[tuple[str, str, str, str]] = [
    # the kinds of the copies, what fails, how, and what the error says
    ("types client", "copied.testing", "AttributeError", "has no attribute 'testing'; {}"),
    ("types client testing", "copied.get_normalizer", "AttributeError", "'get_normalizer'; {}"),
    ("types", "copied.Mistral", "AttributeError", "has no attribute 'Mistral'; {}"),
    ("client", "copied.Mistrel", "AttributeError", "has no attribute 'Mistrel'; {}"),
    ("types client", "from copied import MockServer", "ImportError", "cannot import name"),
    ("types client", "import copied.testing", "ImportError", "copied.testing is not here: {}"),
    ("types client testing", "import copied.cli", "ImportError", "copied.cli is not here: {}"),
    ("types", "import copied.client.mistral", "ImportError", "copied.client is not here: {}"),
    ("types", "copied.Tool.from_function(print)", "ImportError", "structured is not here: {}"),
    (
        "types client testing",
        "copied.UserMessage(content='Hi').to_openai()",
        "ImportError",
        "copied.conversions is not here: {}",
    ),
    (
        "client",
        "copied.Mistral('k', check_conversation=True).chat.complete(model='m', messages=[])",
        "ImportError",
        "copied.conversation is not here: {}",
    ),
    ("all", "import copied.embedding", "ImportError", "No module named 'copied.embedding'"),
    ("all", "copied.Mistrel", "AttributeError", "has no attribute 'Mistrel'"),
]


@pytest.mark.parametrize("only", CONTENTS)
def test_it_works_and_reports_what_it_goes_without(only: str, tmp_path: Path) -> None:
    assert main(["vendor", str(tmp_path / "folder"), "--name", "copied", "--only", only]) == 0
    (tmp_path / "file").mkdir()
    assert main(["bundle", "-o", str(tmp_path / "file" / "copied.py"), "--only", only]) == 0
    modules = [
        module_name(path)
        for path, data in files_of_a_copy(only).items()
        if path.endswith(".py") and not data.startswith(b"raise ") and path != "__init__.py"
    ]
    attempts = [(action, kind, words) for kinds, action, kind, words in MISSING if only in kinds]
    code = "".join(USES[only]) + "offered = copied.__all__\nerrors = []\n"
    for action, kind, _ in attempts:
        code += f"try:\n    {action}\nexcept {kind} as error:\n    errors.append(str(error))\n"
    for form in ("folder", "file"):
        replies = ["You said: Hi", "You said: Hi", '{"text": "Hi"}', "Bye"]
        with MockServer(default=None if only == "types" else "unused") as server:
            server.reply(*(replies if only != "types" else []))
            text = run(
                f"{code}print(json.dumps([offered, errors]))",
                tmp_path / form,
                arguments=(" ".join(modules), server.url),
            )
        offered, errors = json.loads(text)
        assert len(errors) == len(attempts)
        for (_, _, words), error in zip(attempts, errors):
            assert words.format(f"this copy was made with --only {only}") in error
        assert ("Mistral" in offered) == ("ToolRun" in offered) == (only != "types")
        assert ("testing" in offered) == (only in ("testing", "all"))
        assert (offered == mistral_proto.__all__) == (only == "all")
        assert {*offered} <= {*mistral_proto.__all__}
