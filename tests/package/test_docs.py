"""Every snippet, program, command and link of the README and of docs/ works as shown."""

from __future__ import annotations

import builtins
import doctest
import inspect
import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import mistral_proto
from mistral_proto import openai, testing
from mistral_proto.cli import main
from mistral_proto.client import mistral
from mistral_proto.embedding.contents import CONTENTS, files_of_a_copy
from mistral_proto.testing import MockServer
from tests.package.pages import PAGES, ROOT, files, output_of, write_files

README = PAGES["README.md"]
CERTIFICATES = ROOT / "tests/client/certificates"

# The tests, files or folders, that run the programs of the pages.
TESTS_OF_PROGRAMS = {
    "aiohttp_transport.py": "tests/interop/transports",
    "ask.py": "tests/package/test_docs.py",
    "company_ca.py": "tests/package/test_docs.py",
    "describe_image.py": "tests/package/test_docs.py",
    "fetch_transport.py": "tests/wasm",
    "lambda_function.py": "tests/lambda_runtime",
    "many_machines.py": "tests/interop/cluster",
    "one_machine.py": "tests/package/test_processes.py",
    "pydantic_book.py": "tests/interop/dataclass_tools",
    "questions.py": "tests/package/test_processes.py",
    "streaming_runtime.py": "tests/lambda_runtime",
    "tokens.py": "tests/interop/mistral_common_request",
    "urllib3_transport.py": "tests/interop/transports",
    "with_httpx.py": "tests/interop/transports",
}
# Commands that other tests run, each by a part of it.
TESTS_OF_COMMANDS = {
    "python3 -m venv .venv": ".ci/run",
    "pip install .": "tests/package/test_docs.py",
    "pip wheel": "tests/package/test_docs.py",
    "pyinstaller": "tests/interop/pyinstaller",
    "export": "tests/package/test_docs.py",
}
IN_A_FOLDER = "docs/embedding.md"


def commands(page: str) -> list[tuple[str, str]]:
    """Return each `$ command` of a page's console blocks, with the output below it."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", PAGES[page], re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            if not any(part in command for part in TESTS_OF_COMMANDS):
                found.append((command, output))
    return found


def run(command: str, folder: Path, **environment: str) -> str:
    """Return the output of a command: both streams, in the order of their lines."""
    return subprocess.run(
        ["bash", "-c", re.sub(r"\bpython3\b", shlex.quote(sys.executable), command)],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "PYTHONUNBUFFERED": "1",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ).stdout


@pytest.mark.parametrize("page", PAGES)
def test_snippets(page: str) -> None:
    path = str(ROOT / page)
    assert doctest.testfile(path, module_relative=False, encoding="utf-8").failed == 0


def test_every_block_of_code_is_run() -> None:
    text = "".join(PAGES.values())
    assert set(re.findall(r"```(\w+)", text)) == {"console", "pycon", "python"}
    assert text.count("```python\n") == len(files())
    assert set(files()) == set(TESTS_OF_PROGRAMS)
    assert "<!-- the test command -->\n```console\n$ python3 -m venv .venv" in README  # for .ci/run
    for name, test in {**TESTS_OF_PROGRAMS, **TESTS_OF_COMMANDS}.items():
        path = ROOT / test
        sources = path.glob("*.py") if path.is_dir() else [path]
        assert test == ".ci/run" or any(name in it.read_text(encoding="utf-8") for it in sources)
    assert text.count("$ export") == text.count("$ export MISTRAL_API_KEY=") == 1


@pytest.fixture
def the_api(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockServer]:
    """A server in place of the real API, and a key for it."""
    with MockServer(["Claude Monet is often considered the best French painter."]) as server:
        monkeypatch.setattr(mistral, "DEFAULT_SERVER_URL", server.url)
        monkeypatch.setenv("MISTRAL_API_KEY", "k")
        yield server


@pytest.mark.parametrize(
    ("command", "output"),
    [
        pytest.param(command, output, id=command[:50])
        for page in PAGES
        if page != IN_A_FOLDER
        for command, output in commands(page)
    ],
)
def test_commands(
    command: str,
    output: str,
    the_api: MockServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "|" in command:
        assert run(command, ROOT) == output
        return
    monkeypatch.chdir(ROOT)
    python, dash_m, module, *arguments = shlex.split(command)
    assert (python, dash_m, module) == ("python3", "-m", "mistral_proto")
    assert main(arguments) == 0
    assert capsys.readouterr().out == output


def test_commands_that_make_copies(tmp_path: Path) -> None:
    with MockServer() as server:
        write_files(tmp_path, "ask.py", server_url=server.url)
        for command, output in commands(IN_A_FOLDER):
            # Sizes change with every version.
            shown, printed = (
                re.sub(r"\d+ (?=files|KB)|(?<=Python 3\.)\d+", "N ", text)
                for text in (output, run(command, tmp_path, MISTRAL_API_KEY="k"))
            )
            assert printed == shown
    made = {path.name for path in tmp_path.iterdir()} - {"__pycache__", "ask.py"}
    assert made == {"app", "chat_core.py", "zipped", "ask.pyz", "layer.zip"}


def test_the_run_command_needs_no_installation() -> None:
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


@pytest.mark.full
def test_the_install_and_wheel_commands(tmp_path: Path) -> None:
    for name in ("mistral_proto", "LICENSE", "README.md", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    assert "pip install .\n" in README and "pip wheel" in README
    python = f"PYTHONPATH= {tmp_path}/venv/bin/python"
    run("python3 -m venv venv", tmp_path)
    for command in re.findall(r"<!-- the \w+ command -->\n```console\n\$ (.* -m pip .*)\n", README):
        if "pytest" not in command:
            printed = run(command.replace("python3", python), tmp_path)
            assert "Successfully" in printed, printed
    (wheel,) = (tmp_path / "dist").iterdir()
    assert wheel.name == f"mistral_proto-{mistral_proto.__version__}-py3-none-any.whl"
    assert "mistral_proto" in run(f"{python} -I -m mistral_proto --version", tmp_path)


def test_an_image_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    with MockServer() as server:
        printed = output_of(tmp_path, "describe_image.py", server_url=server.url)
        assert printed == "You said: What is in this picture?\n"
        (received,) = server.requests
    assert b'"data:image/png;base64,iVBORw=="' in received.body


class Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"model": "m", "choices": [{"index": 0, "message": {"content": "Trusted"}}]}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_custom_ca(tmp_path: Path) -> None:
    shutil.copy(CERTIFICATES / "authority.pem", tmp_path / "company-ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "localhost.pem", CERTIFICATES / "localhost.key.pem")
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            url = f"https://localhost:{server.server_port}"
            assert output_of(tmp_path, "company_ca.py", server_url=url) == "Trusted\n"
        finally:
            server.shutdown()
            thread.join()


def section(page: str, heading: str) -> str:
    """Return the text below a heading of the second level."""
    return PAGES[page].partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_every_exception_is_in_the_table() -> None:
    listed = set(
        re.findall(r"^\| `(\w+)` \|", section("docs/client.md", "Exceptions"), re.MULTILINE)
    )
    public = {name for name in mistral_proto.__all__ if name.endswith("Error")}
    # That one is of the parser alone; the exceptions of the rules have one base.
    assert listed == public - {"EventTooLargeError"} | {"MistralCommonException"}


def test_every_option_of_the_client_is_in_the_table() -> None:
    rows = re.findall(r"^\| (`.*?`) \|", section("docs/client.md", "Options"), re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert listed == inspect.signature(mistral.Mistral).parameters.keys() - {"unknown"}


def test_the_sizes_of_copies_are_about_right() -> None:
    rows = re.findall(r"`--only (\w+)` .* (\d+) KB \|", PAGES["docs/embedding.md"])
    assert [only for only, _ in rows] == [*CONTENTS]
    for only, shown in rows:
        size = sum(map(len, files_of_a_copy(only).values())) / 1000
        assert 0.75 * size < int(shown) < 1.25 * size, (only, size)


def without_code(page: str) -> str:
    return re.sub(r"```.*?```", "", page, flags=re.DOTALL)


def test_names_in_the_text_are_public() -> None:
    elsewhere = "AsyncOpenAI FetchTransport MistralAzure MistralGCP OpenAI TypedDict".split()
    known = {*mistral_proto.__all__, *openai.__all__, *testing.__all__, *dir(builtins), *elsewhere}
    for name, page in PAGES.items():
        for span in re.findall(r"`([^`\n]+)`", without_code(page)):
            for word in re.findall(r"(?<![\w./-])[A-Z]\w*[a-z]\w*[A-Z]\w*", span):
                assert word in known, (name, word)


def anchors(page: str) -> list[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", without_code(page), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]


def test_links() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name, page in {**PAGES, "CONTRIBUTING.md": contributing}.items():
        for link in re.findall(r"\]\(([^)]+)\)", without_code(page)):
            path, _, anchor = link.partition("#")
            target = (ROOT / name).parent / path if path else ROOT / name
            assert target.is_file(), (name, link)
            if anchor:
                assert anchor in anchors(target.read_text(encoding="utf-8")), (name, link)


def test_the_readme_links_every_page_and_recipe() -> None:
    linked = set(re.findall(r"\]\((docs/[^)]+)\)", README))
    recipes = {f"docs/recipes.md#{anchor}" for anchor in anchors(PAGES["docs/recipes.md"])[1:]}
    assert recipes <= linked
    assert {*PAGES} - {"README.md", "docs/recipes.md"} <= linked
    assert README.count("\n") <= 300
