"""Every check of the project, a session each. ``nox`` runs those that the gate runs."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import nox

needs_version = ">=2024.4.15"
nox.options.reuse_existing_virtualenvs = True

OLDEST, NEWEST_TRIED = 10, 20
MAX_WHEEL_CONTENT = 735 * 1024  # a little above the size of today


def _runs(command: str) -> bool:
    """Return whether a command is a Python that runs; a version manager may list others."""
    try:
        return subprocess.run([command, "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False


PYTHONS = [f"3.{minor}" for minor in range(OLDEST, NEWEST_TRIED) if _runs(f"python3.{minor}")]
EDGES = sorted({*PYTHONS[:1], *PYTHONS[-1:]})
NODE = shutil.which("node") and shutil.which("npm")

# Libraries that accept any dataclass.
DATACLASS_TOOLS = "pydantic fastapi httpx2 orjson msgspec cattrs dacite rich sphinx".split()
# Each folder below tests/interop compares with these. A version is given where the tests list
# the differences of that version.
PEERS = {
    "mistral_common_request": ["mistral-common==1.13.1"],
    "mistral_common_printed": ["mistral-common==1.11.0"],
    "mistral_common_response": ["mistral-common==1.8.3"],
    "sdks": ["mistralai", "openai"],
    "clients": ["mistralai", "openai"],
    "transports": ["httpx", "urllib3", "aiohttp"],
    "cluster": ["dask[distributed]"],
    "lambda_runtime": ["awslambdaric"],
    "pyinstaller": ["pyinstaller"],
    "servers": [
        "litellm[proxy]==1.108.7",
        "mockllm==0.0.8",
        "fakellm==0.3.5",
        "llmock==0.2.2",
    ],
}
SERVERS_ON_NODE = [
    "@copilotkit/aimock@1.43.0",
    "json-server@0.17.4",
]
FRAMEWORKS = {
    "agno": ["agno==3.1.10"],
    "instructor": ["instructor==1.17.0"],
    "llama_index": ["llama-index-llms-mistralai==0.11.0"],
    "llm": ["llm-mistral==0.16"],
    "pydantic_ai": ["pydantic-ai-slim[mistral]==2.68.0"],
}
COMPARED = {**PEERS, **FRAMEWORKS}


def _add_imported(path: Path, seen: set[Path]) -> None:
    """Add a module of the tests, and those of the tests that it imports, to a set."""
    if path in seen or not path.is_file():
        return
    seen.add(path)
    imports = re.findall(r"(?m)^from (tests[\w.]*) import (.*)", path.read_text(encoding="utf-8"))
    for package, names in imports:
        for module in (package, *(f"{package}.{name}" for name in re.findall(r"\w+", names))):
            _add_imported(Path(*module.split(".")).with_suffix(".py"), seen)


def _state(peer: str) -> str:
    """Return a hash of everything that the comparison with a peer depends on."""
    folder = "frameworks" if peer in FRAMEWORKS else peer
    paths = {*Path("mistral_proto").rglob("*.py"), Path("tests/interop/conftest.py")}
    # Some comparisons run programs of the documentation; figures do not matter to any.
    paths |= {*Path("docs").glob("*.md")} - {Path("docs/benchmarks.md")}
    for path in Path("tests/interop", folder).rglob("*.py"):
        _add_imported(path, paths)
    state = hashlib.sha256(repr(COMPARED[peer]).encode())
    for path in sorted(paths):
        state.update(b"%s\0%s\0" % (path.as_posix().encode(), path.read_bytes()))
    return state.hexdigest()


def _passed(peer: str) -> Path:
    """Return the file that holds the state with which a comparison passed last."""
    return Path("tests/interop/passed", peer)


def _changed(peer: str) -> bool:
    path = _passed(peer)
    return not path.exists() or path.read_text().strip() != _state(peer)


def _npm_install(session: nox.Session, *packages: str) -> str:
    """Install packages of npm; return the folder that holds them."""
    folder = session.create_tmp()
    npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder]
    session.run(*npm, *packages, external=True)
    return f"{folder}/node_modules"


@nox.session(python=EDGES)
def full(session: nox.Session) -> None:
    """Run all tests, the long ones included, on the oldest and the newest Python."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "pytest", "-m", "full or not full", *session.posargs)


@nox.session(python=PYTHONS[1:-1])
def smoke(session: nox.Session) -> None:
    """Run a few tests of everything on the Pythons between the oldest and the newest."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "tests.shapes", "checkout", *session.posargs)


@nox.session(python=PYTHONS[-1:])
def coverage(session: nox.Session) -> None:
    """Run all tests on the newest Python; each branch of the package is reached by one."""
    session.install("-e", ".[dev]", "coverage", "hypothesis", "jsonschema", *DATACLASS_TOOLS)
    run = ["coverage", "run", "-m", "pytest", "-m", "full or not full"]
    session.run(*run, *session.posargs)
    # Hooks for pydantic are reached only where pydantic is installed.
    session.run("coverage", "run", "--append", "-m", "pytest", "tests/interop/dataclass_tools")
    session.run("coverage", "report")


@nox.session
def types(session: nox.Session) -> None:
    """Run mypy --strict over everything, as on the oldest and on the newest Python."""
    session.install("-e", ".[dev]")
    for python in EDGES:
        session.run("mypy", "--python-version", python)


@nox.session
def user_types(session: nox.Session) -> None:
    """Check users' programs and copies of the package with mypy and pyright; run the programs."""
    session.install("-e", ".[dev]", "pyright")
    programs = Path("tests/typed_programs").resolve()
    parts = {"all": [], **{part: ["--only", part] for part in ("client", "testing", "types")}}
    # Without a cache, as all of the copies have the same name.
    strict = ["mypy", "--strict", "--config-file=", "--cache-dir=/dev/null"]
    strict += ["--enable-error-code", "ignore-without-code"]
    pyright = ["pyright", "--pythonpath", f"{Path(session.bin).resolve()}/python"]
    # Users' trees have other settings than ours.
    with tempfile.TemporaryDirectory() as folder:
        copies = Path(folder)
        for part, options in parts.items():
            vendor = ["python", "-m", "mistral_proto", "vendor", "--name", "chat"]
            session.run(*vendor, *options, copies / part)
        for tree in (programs, *(copies / part / "chat" for part in parts)):
            session.run(*strict, tree)
        if NODE:
            session.run(*pyright)
            with session.chdir(copies):
                session.run(*pyright, "--level", "error", *parts)
        else:
            session.log("left out: pyright, which needs node")
    for program in sorted(programs.glob("*.py")):
        session.run("python", "-W", "error", program)


@nox.session
def lint(session: nox.Session) -> None:
    """Check format and imports with ruff."""
    session.install("ruff")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def dataclass_tools(session: nox.Session) -> None:
    """Run the tests with libraries that accept dataclasses; `coverage` runs them too."""
    session.install("-e", ".[dev]", "hypothesis", "jsonschema", *DATACLASS_TOOLS)
    session.run("python", "-m", "pytest", "tests/interop/dataclass_tools", *session.posargs)


@nox.session
def published(session: nox.Session) -> None:
    """Compare the types with the published schemas, over generated documents."""
    session.install("-e", ".[dev]", "hypothesis", "jsonschema")
    session.run("python", "-m", "pytest", "tests/published", *session.posargs)


# mistral_common needs at least Python 3.11.
NEWER = [python for python in PYTHONS if python != "3.10"][:1]


@nox.session(python=NEWER)
@nox.parametrize("peer", list(COMPARED))
def interop(session: nox.Session, peer: str) -> None:
    """Compare with other packages; the gate does it where something has changed."""
    if peer in FRAMEWORKS:
        _compare_framework(session, peer)
    else:
        session.install("-e", ".[dev]", "hypothesis", "jsonschema", *PEERS[peer])
        # Some of the servers are plugins of pytest, too.
        environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} if peer == "servers" else {}
        if peer == "servers" and NODE:
            modules = Path(_npm_install(session, *SERVERS_ON_NODE))
            environment["NODE_MODULES_OF_SERVERS"] = str(modules.resolve())
        elif peer == "servers":
            session.log("left out: the servers that run on node, as node or npm is missing")
        tests = ["python", "-m", "pytest", f"tests/interop/{peer}"]
        session.run(*tests, *session.posargs, env=environment)
    if not session.posargs:
        _passed(peer).parent.mkdir(exist_ok=True)
        _passed(peer).write_text(f"{_state(peer)}\n")


def _compare_framework(session: nox.Session, framework: str) -> None:
    """Run programs of a framework over mistralai, then over a copy of ours with its name."""
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


# The forms in which the package is embedded, on the oldest or on the newest Python.
SHAPES = {
    "bundle": EDGES[-1:],
    "vendored": EDGES[:1],
    "zip": EDGES[-1:],
    "optimized": EDGES[:1],
    "stripped": EDGES[-1:],
    "read-only-without-ssl": EDGES[:1],
}


@nox.session
@nox.parametrize(
    "python,shape", [(python, shape) for shape, pythons in SHAPES.items() for python in pythons]
)
def embedded(session: nox.Session, shape: str) -> None:
    """Run a few tests of everything on the package as it is embedded: one file, a zip, …"""
    session.install("pytest >=8", "typing_extensions")
    session.run("python", "-m", "tests.shapes", shape, *session.posargs)


# Tests that nest JSON 100,000 deep, or calls as deep as Python lets them, need 32 MB of stack;
# where there is less, the engine aborts. V8's stack has to fit into that of the process.
WASM_STACK = "ulimit -s 131072 && exec node --stack-size=64000"
WASM_FOLDERS = "fields protocol openai sse conversions conversation schema structured".split()


@nox.session
@nox.parametrize("cpython", ["3.14", "3.15"])
def wasm(session: nox.Session, cpython: str) -> None:
    """Run the tests of code without I/O on a CPython that is compiled to WebAssembly."""
    if not NODE:
        session.skip(f"CPython {cpython} for WebAssembly is left out, as node or npm is missing")
    session.install("pytest >=8", "typing_extensions")
    find = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = str(session.run("python", "-c", find, silent=True)).strip()
    # A pre-release satisfies this as long as there is no release.
    line = int(cpython.replace(".", ""))
    newest = f"pyodide@>={line}.0.0-0 <{line + 1}"
    pyodide = str(Path(_npm_install(session, newest), "pyodide").resolve())
    run = ["tests/wasm/run.mjs", pyodide, packages, "-m", "not native and not full"]
    run += [*(f"tests/{it}" for it in WASM_FOLDERS), *session.posargs]
    session.run("sh", "-c", f'{WASM_STACK} "$@"', "node", *run, external=True)
    # The transport for WebAssembly that the documentation shows.
    session.run("python", "-m", "pytest", "tests/wasm", env={"PYODIDE": pyodide})


@nox.session(python=EDGES)
def bench(session: nox.Session) -> None:
    """Measure costs beside the peers, and write them into the documentation; needs a quiet machine."""
    session.install("-e", ".", "mistralai", "mistral-common", "openai", "pydantic", "msgspec")
    session.run("python", "-m", "tests.benchmarks", "--record", *session.posargs)
    session.run("python", "-m", "tests.benchmarks.report")


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel; check its size, that it needs no other package, and that it runs."""
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
    # Isolated, so that Python does not import the checkout.
    session.run("python", "-I", "-m", "mistral_proto", "demo", "--pace", "0")


nox.options.sessions = [
    # The newest Python runs the same tests in `coverage`.
    *(f"full-{python}" for python in EDGES[:-1]),
    *(f"smoke-{python}" for python in PYTHONS[1:-1]),
    *("coverage", "types", "user_types", "lint", "published", "embedded", "wasm", "wheel"),
    *(f"interop-{it}(peer={peer!r})" for it in NEWER for peer in COMPARED if _changed(peer)),
]
