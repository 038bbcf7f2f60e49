"""Every habit of the project, a session each: ``nox`` runs them all."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import nox

needs_version = ">=2024.4.15"
nox.options.reuse_existing_virtualenvs = True

OLDEST, NEWEST_TRIED = 10, 20
# A little above what it is, so that it only grows on purpose; 300 KiB is wanted.
MAX_WHEEL_CONTENT = 880 * 1024


def _answers(command: str) -> bool:
    """Whether a Python is there and runs; a version manager's shim may do neither."""
    try:
        return subprocess.run([command, "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False


def _npm_install(session: nox.Session, *packages: str) -> str:
    """Install these, and return the folder where they are."""
    folder = session.create_tmp()
    npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder]
    session.run(*npm, *packages, external=True)
    return f"{folder}/node_modules"


NODE = shutil.which("node") and shutil.which("npm")
PYTHONS = [f"3.{minor}" for minor in range(OLDEST, NEWEST_TRIED) if _answers(f"python3.{minor}")]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The tests, on every Python from 3.10 on that is found."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python=sorted({*PYTHONS[:1], *PYTHONS[-1:]}))
def full(session: nox.Session) -> None:
    """All tests, those that take long included, on the oldest and the newest Python."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "pytest", "-m", "full or not full", *session.posargs)


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict over everything, as the oldest and as the newest Python see it."""
    session.install("-e", ".[dev]")
    for python in sorted({*PYTHONS[:1], *PYTHONS[-1:]}) or ["3.10"]:
        session.run("mypy", "--python-version", python)


@nox.session
def user_types(session: nox.Session) -> None:
    """Programs of users, and copies that they embed, as strict type checkers see them."""
    session.install("-e", ".[dev]", "pyright")
    programs = Path("tests/typed_programs").resolve()
    parts = {
        "all": ["--testing"],
        "most": [],
        "client": ["--only", "client"],
        "types": ["--only", "types"],
    }
    # Without a cache, as all of the copies are called the same.
    strict = ["mypy", "--strict", "--config-file=", "--cache-dir=/dev/null"]
    strict += ["--enable-error-code", "ignore-without-code"]
    pyright = ["pyright", "--pythonpath", f"{Path(session.bin).resolve()}/python"]
    # As users have it: in no tree with our settings.
    with tempfile.TemporaryDirectory() as folder:
        copies = Path(folder)
        for part, options in parts.items():
            vendor = ["python", "-m", "mistral_proto", "vendor", "--name", "chat"]
            session.run(*vendor, *options, copies / part)
        for tree in (programs, *(copies / part / "chat" for part in parts)):
            session.run(*strict, tree)
        if shutil.which("node"):
            session.run(*pyright)
            with session.chdir(copies):
                session.run(*pyright, "--level", "error", *parts)
        else:
            session.log("left out: pyright, which needs node")
    for program in sorted(programs.glob("*.py")):
        session.run("python", "-W", "error", program)


@nox.session
def lint(session: nox.Session) -> None:
    """One way to write it, and no import that nobody uses."""
    session.install("ruff")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


# What works with any dataclass, and so is to work with ours.
DATACLASS_TOOLS = [
    "pydantic",
    "fastapi",
    "httpx2",
    "orjson",
    "msgspec",
    "cattrs",
    "dacite",
    "rich",
    "sphinx",
]


@nox.session
def dataclass_tools(session: nox.Session) -> None:
    """Ours beside plain dataclasses, in the libraries that take those."""
    session.install("-e", ".[dev]", "hypothesis", "jsonschema", *DATACLASS_TOOLS)
    session.run("python", "-m", "pytest", "tests/interop/dataclass_tools", *session.posargs)


@nox.session(python=PYTHONS[-1:] or None)
def coverage(session: nox.Session) -> None:
    """Every line and branch of the package is reached by a test, on the newest Python."""
    session.install("-e", ".[dev]", "coverage", "hypothesis", "jsonschema", *DATACLASS_TOOLS)
    tests = ["coverage", "run", "-m", "pytest", "-m", "full or not full"]
    session.run(*tests, *session.posargs)
    # Pydantic's hooks are reached only where pydantic is.
    session.run(*("coverage", "run", "--append", "-m", "pytest", "tests/interop/dataclass_tools"))
    session.run("coverage", "report")


@nox.session
def published(session: nox.Session) -> None:
    """The types against the published schemas, over generated documents."""
    session.install("-e", ".[dev]", "hypothesis", "jsonschema")
    session.run("python", "-m", "pytest", "tests/published", *session.posargs)


# Each folder under tests/interop compares with peers that get on with each other.
PEERS = {
    "mistral_common_request": ["mistral-common==1.13.1"],
    "mistral_common_printed": ["mistral-common==1.11.0"],
    "mistral_common_response": ["mistral-common==1.8.3"],
    "sdks": ["mistralai", "openai"],
    "clients": ["mistralai", "openai"],
    "transports": ["httpx", "urllib3", "aiohttp"],
    "cluster": ["dask[distributed]"],
    "lambda_runtime": ["awslambdaric"],
}
# mistral_common needs a Python of 3.11 at least.
NEWER = [python for python in PYTHONS if python != "3.10"]


@nox.session(python=NEWER[0] if NEWER else None)
@nox.parametrize("peer", list(PEERS))
def interop(session: nox.Session, peer: str) -> None:
    """Ours against the peers' own, over generated documents."""
    session.install("-e", ".[dev]", "hypothesis", "jsonschema", *PEERS[peer])
    session.run("python", "-m", "pytest", f"tests/interop/{peer}", *session.posargs)


# Each version has gaps of its own, which the tests' table tells: so it is told, too.
SERVERS = [
    "litellm[proxy]==1.108.7",
    "mockllm==0.0.8",
    "fakellm==0.3.5",
    "stubllm==0.1.5",
    "mocktopus==0.2.0",
    "llmock==0.2.2",
    "starlette",
    "uvicorn",
    "aiohttp",
]
SERVERS_ON_NODE = [
    "@copilotkit/aimock@1.43.0",
    "@dwmkerr/mock-llm@0.1.29",
    "openai-mock-api@0.4.0",
    "json-server@0.17.4",
]


@nox.session
def servers(session: nox.Session) -> None:
    """Ours against servers of other people: mocks from PyPI and npm, a gateway, frameworks."""
    session.install("-e", ".[dev]", "hypothesis", *SERVERS)
    # Some of them are plugins of pytest, too.
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    if NODE:
        modules = Path(_npm_install(session, *SERVERS_ON_NODE))
        environment["NODE_MODULES_OF_SERVERS"] = str(modules.resolve())
    else:
        session.log("left out: the servers that run on node: there is no node, or no npm")
    tests = ["python", "-m", "pytest", "tests/interop/servers", *session.posargs]
    session.run(*tests, env=environment)


# Each version has gaps of its own, as above.
FRAMEWORKS = {
    "agno": ["agno==3.1.10"],
    "instructor": ["instructor==1.17.0"],
    "llama_index": ["llama-index-llms-mistralai==0.11.0"],
    "llm": ["llm-mistral==0.16"],
    "pydantic_ai": ["pydantic-ai-slim[mistral]==2.68.0"],
}


@nox.session
@nox.parametrize("framework", list(FRAMEWORKS))
def frameworks(session: nox.Session, framework: str) -> None:
    """Programs of a framework over the SDK, and over a copy of ours in its place."""
    packages = ["hypothesis", "mistralai==3.7.0", *FRAMEWORKS[framework]]
    session.install("--no-compile", "-e", ".[dev]", *packages)
    with tempfile.TemporaryDirectory() as folder:
        run = ["python", "-m", "tests.interop.frameworks.outcomes", framework]
        session.run(*run, f"{folder}/sdk.json")
        session.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", "mistralai")
        vendor = ["python", "-m", "mistral_proto", "vendor", "--only", "client"]
        session.run(*vendor, "--name", "mistralai", folder)
        session.run(*run, f"{folder}/copy.json", env={"PYTHONPATH": folder})
        tests = ["python", "-m", "pytest", "tests/interop/frameworks/test_frameworks.py"]
        session.run(*tests, *session.posargs, env={"FRAMEWORK": framework, "OUTCOMES": folder})


# What `tests.shapes` makes of the package, each on the oldest or on the newest Python.
SHAPES = {
    "bundle": PYTHONS[-1:],
    "vendored": PYTHONS[:1],
    "zip": PYTHONS[-1:],
    "optimized": PYTHONS[:1],
    "stripped": PYTHONS[-1:],
    "read-only-without-ssl": PYTHONS[:1],
}


@nox.session
@nox.parametrize(
    "python,shape", [(python, shape) for shape, pythons in SHAPES.items() for python in pythons]
)
def embedded(session: nox.Session, shape: str) -> None:
    """The tests against the package as it is embedded: in one file, in a zip, and so on."""
    session.install("pytest >=8", "typing_extensions")
    session.run("python", "-m", "tests.shapes", shape, *session.posargs)


# Tests that nest JSON 100,000 deep, or calls as deep as Python lets them, need 32 MB of stack;
# where there is less, the engine aborts. What V8 may use has to fit what the process has.
WASM_STACK = "ulimit -s 131072 && exec node --stack-size=64000"
WASM_FOLDERS = "fields protocol openai sse conversions conversation schema structured".split()


@nox.session
@nox.parametrize("cpython", ["3.14", "3.15"])
def wasm(session: nox.Session, cpython: str) -> None:
    """The tests of what does no I/O, on a CPython that is compiled to WebAssembly."""
    if not NODE:
        session.skip(f"CPython {cpython} for WebAssembly is left out: there is no node, or no npm")
    session.install("pytest >=8", "typing_extensions")
    find = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = str(session.run("python", "-c", find, silent=True)).strip()
    # A pre-release satisfies this for as long as the line has nothing else.
    line = int(cpython.replace(".", ""))
    newest = f"pyodide@>={line}.0.0-0 <{line + 1}"
    pyodide = f"{_npm_install(session, newest)}/pyodide"
    run = ["tests/wasm/run.mjs", pyodide, packages, "-m", "not native"]
    run += [*(f"tests/{it}" for it in WASM_FOLDERS), *session.posargs]
    session.run("sh", "-c", f'{WASM_STACK} "$@"', "node", *run, external=True)


@nox.session(python=sorted({*PYTHONS[:1], *PYTHONS[-1:]}), default=False)
def bench(session: nox.Session) -> None:
    """What it costs, beside its peers, for the README; by hand, on a quiet machine."""
    session.install("-e", ".", "mistralai", "mistral-common", "openai", "pydantic", "msgspec")
    record = "tests/benchmarks/record.json"
    session.run("python", "-m", "tests.benchmarks", "--record", record, *session.posargs)
    session.run("python", "-m", "tests.benchmarks.report")


@nox.session
def wheel(session: nox.Session) -> None:
    """What is built is what users get: small, without dependencies, and it runs."""
    session.install("build")
    folder = Path(session.create_tmp()).resolve()
    for old in folder.glob("mistral_proto-*"):
        old.unlink()
    session.run("python", "-m", "build", "--outdir", folder)
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
        (metadata,) = [name for name in archive.namelist() if name.endswith("METADATA")]
        needs = [
            line
            for line in archive.read(metadata).decode().splitlines()
            if line.startswith("Requires-Dist:") and "extra ==" not in line
        ]
        typed = "mistral_proto/py.typed" in archive.namelist()
    session.log(f"{built.name}: {size} bytes unpacked")
    if needs or not typed or size > MAX_WHEEL_CONTENT:
        session.error(f"needs {needs}, py.typed: {typed}, {size} bytes")
    session.install("--force-reinstall", str(built))
    # Isolated, so that it is not the checkout that runs.
    session.run("python", "-I", "-m", "mistral_proto", "demo", "--pace", "0")
