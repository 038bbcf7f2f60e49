"""Every command and snippet of the README runs, and prints what the README says."""

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
from tests.package.readme_files import readme_files

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")

# The test command is what runs this; `.ci/run` runs it as it stands in the README.
NOT_RUN_HERE = ("python3 -m venv",)

# Where the files that the README shows run.
RUN_ELSEWHERE = {
    "tokens.py": "tests/interop/mistral_common_request",
    "questions.py": "tests/package/test_processes",
    "one_machine.py": "tests/package/test_processes",
    "many_machines.py": "tests/interop/cluster",
    "lambda_function.py": "tests/lambda_runtime",
    "streaming_runtime.py": "tests/lambda_runtime",
}


def console_commands() -> list[tuple[str, str]]:
    """Each `$ command` of the README's console blocks, with the output below it."""
    commands: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            commands.append((command, output))
    return commands


# Those that make copies, and use them, run in another folder.
COPIES = re.compile(r"-m mistral_proto (vendor|bundle|lambda-layer) |python3 chat_core\.py")
COMMANDS = [case for case in console_commands() if not COPIES.search(case[0])]


def test_snippets() -> None:
    result = doctest.testfile(str(README), module_relative=False, encoding="utf-8")
    assert result.attempted > 30
    assert result.failed == 0


def test_every_python_block_is_a_snippet_that_runs() -> None:
    assert set(re.findall(r"```(\w+)", TEXT)) == {"console", "pycon", "python"}
    # Those of "python" are files, or need other packages: tests/interop/transports runs them.
    before, _, after = TEXT.partition("### Your own transport\n")
    section, _, rest = after.partition("\n### ")
    assert "```python\n" in section
    assert (before + rest).count("```python\n") == len(RUN_ELSEWHERE)
    assert set(readme_files()) == set(RUN_ELSEWHERE)


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
        assert f"<!-- the test command -->\n```console\n$ {command}\n```" in TEXT
        return
    if command.startswith("export "):
        return  # the fixture has done it
    monkeypatch.chdir(ROOT)
    python, dash_m, module, *arguments = shlex.split(command)
    assert (python, dash_m, module) == ("python3", "-m", "mistral_proto")
    assert main(arguments) == 0
    assert capsys.readouterr().out == output.rstrip("\n") + "\n"


@pytest.mark.parametrize(
    ("command", "output"),
    [pytest.param(*case, id=case[0][:50]) for case in COMMANDS if "| python3" in case[0]],
)
def test_pipes(command: str, output: str) -> None:
    result = subprocess.run(
        ["bash", "-c", command.replace("python3", shlex.quote(sys.executable))],
        cwd=ROOT,
        # Both streams in the order of their lines, as a terminal shows them.
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "PYTHONUNBUFFERED": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert result.stdout == output


def test_copies(tmp_path: Path) -> None:
    for command, output in console_commands():
        if not COPIES.search(command):
            continue
        result = subprocess.run(
            ["bash", "-c", command.replace("python3", shlex.quote(sys.executable))],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        # How much it is changes with every version.
        told, shown = (
            re.sub(r"\d+ (?=files|KB)|(?<=Python 3\.)\d+", "N ", text)
            for text in (output, result.stdout)
        )
        assert shown == told
    made = {path.name for path in tmp_path.iterdir()} - {"__pycache__"}  # of chat_core.py
    assert made == {"app", "chat_core.py", "layer.zip"}


def test_the_run_command_needs_no_install() -> None:
    (command,) = re.findall(r"<!-- the run command -->\n```console\n\$ (.*)\n", TEXT)
    result = subprocess.run(
        [sys.executable, "-S", *shlex.split(command)[1:]],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    assert result.stderr == ""
    assert result.stdout in TEXT


def test_every_exception_is_in_the_table() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))
    public = {name for name in mistral_proto.__all__ if name.endswith("Error")}
    # That one is of the parser alone; the rules' exceptions have one base.
    assert listed == public - {"EventTooLargeError"} | {"MistralCommonException"}


def test_links() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (ROOT / target).is_file()
