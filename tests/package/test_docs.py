"""Every snippet, command and link of the README and of docs/ works as shown."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto.cli import main
from mistral_proto.client import mistral
from mistral_proto.testing import MockServer
from tests.package.pages import PAGES, ROOT, files

README = PAGES["README.md"]

# The test command is what runs this; `.ci/run` runs it as the README has it.
NOT_RUN_HERE = ("python3 -m venv",)

# Where the files that the pages show run.
RUN_ELSEWHERE = {
    "tokens.py": "tests/interop/mistral_common_request/test_tokenizer.py",
    "questions.py": "tests/package/test_processes.py",
    "one_machine.py": "tests/package/test_processes.py",
    "many_machines.py": "tests/interop/cluster/test_cluster.py",
    "lambda_function.py": "tests/lambda_runtime/function.py",
    "streaming_runtime.py": "tests/lambda_runtime/function.py",
    "urllib3_transport.py": "tests/interop/transports/snippets.py",
    "aiohttp_transport.py": "tests/interop/transports/snippets.py",
}


def console_commands() -> list[tuple[str, str]]:
    """Return each `$ command` of a console block, with the output below it."""
    commands: list[tuple[str, str]] = []
    for page in PAGES.values():
        for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                commands.append((command, output))
    return commands


# Those that make copies, and use them, run in another folder.
COPIES = re.compile(r"-m mistral_proto (vendor|bundle|lambda-layer) |python3 chat_core\.py")
COMMANDS = [case for case in console_commands() if not COPIES.search(case[0])]


@pytest.mark.parametrize("page", PAGES)
def test_snippets(page: str) -> None:
    path = str(ROOT / page)
    assert doctest.testfile(path, module_relative=False, encoding="utf-8").failed == 0


def test_every_block_of_code_is_run() -> None:
    shown = "".join(PAGES.values())
    assert set(re.findall(r"```(\w+)", shown)) == {"console", "pycon", "python"}
    assert shown.count("```python\n") == len(files())
    assert set(files()) == set(RUN_ELSEWHERE)
    for name, test in RUN_ELSEWHERE.items():
        assert f'"{name}"' in (ROOT / test).read_text(encoding="utf-8")


@pytest.fixture
def the_api(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockServer]:
    """A server in the place of the real API, and a key for it."""
    with MockServer(["Claude Monet is often considered the best French painter."]) as server:
        monkeypatch.setattr(mistral, "DEFAULT_SERVER_URL", server.url)
        monkeypatch.setenv("MISTRAL_API_KEY", "k")
        yield server


@pytest.mark.parametrize(
    ("command", "output"),
    [pytest.param(*case, id=case[0][:50]) for case in COMMANDS if "| python3" not in case[0]],
)
def test_commands(
    command: str,
    output: str,
    the_api: MockServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if command.startswith(NOT_RUN_HERE):
        assert f"<!-- the test command -->\n```console\n$ {command}\n```" in README
        return
    if command.startswith("export "):
        return  # the fixture has done it
    monkeypatch.chdir(ROOT)
    python, dash_m, module, *arguments = shlex.split(command)
    assert (python, dash_m, module) == ("python3", "-m", "mistral_proto")
    assert main(arguments) == 0
    assert capsys.readouterr().out == output.rstrip("\n") + "\n"


def run(command: str, folder: Path) -> str:
    """Return the output of a command: both streams, in the order of their lines."""
    return subprocess.run(
        ["bash", "-c", command.replace("python3", shlex.quote(sys.executable))],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "PYTHONUNBUFFERED": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ).stdout


@pytest.mark.parametrize(
    ("command", "output"),
    [pytest.param(*case, id=case[0][:50]) for case in COMMANDS if "| python3" in case[0]],
)
def test_pipes(command: str, output: str) -> None:
    assert run(command, ROOT) == output


def test_copies(tmp_path: Path) -> None:
    for command, output in console_commands():
        if COPIES.search(command):
            # Sizes change with every version.
            shown, printed = (
                re.sub(r"\d+ (?=files|KB)|(?<=Python 3\.)\d+", "N ", text)
                for text in (output, run(command, tmp_path))
            )
            assert printed == shown
    made = {path.name for path in tmp_path.iterdir()} - {"__pycache__"}  # of chat_core.py
    assert made == {"app", "chat_core.py", "layer.zip"}


def test_the_run_command_needs_no_install() -> None:
    (command,) = re.findall(r"<!-- the run command -->\n```console\n\$ (.*)\n", README)
    result = subprocess.run(
        [sys.executable, "-S", *shlex.split(command)[1:]],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    assert result.stderr == ""
    assert result.stdout in README


def test_every_exception_is_in_the_table() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", PAGES["docs/client.md"], re.MULTILINE))
    public = {name for name in mistral_proto.__all__ if name.endswith("Error")}
    # That one is of the parser alone; the rules' exceptions have one base.
    assert listed == public - {"EventTooLargeError"} | {"MistralCommonException"}


def anchors(page: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    text = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_links() -> None:
    for name, page in {**PAGES, "CONTRIBUTING.md": (ROOT / "CONTRIBUTING.md").read_text()}.items():
        text = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
        for link in re.findall(r"\]\(([^)]+)\)", text):
            path, _, anchor = link.partition("#")
            target = (ROOT / name).parent / path if path else ROOT / name
            assert target.is_file(), (name, link)
            assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), (name, link)
