"""For pytest: what a shape goes without, and that it is the shape that is tested."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shapes.left_out import left_out

# The modules that tests share hold assertions, too, which -O would take away.
pytest.register_assert_rewrite(
    *(
        f"tests.{folder.stem}"
        for folder in Path(__file__).parents[1].iterdir()
        if folder.stem != "shapes"
    )
)


def pytest_configure(config: pytest.Config) -> None:
    places = {place.partition("::")[0] for place in left_out(config.getoption("shape"))}
    missing = [place for place in places if not (config.rootpath / place).exists()]
    if missing:
        raise pytest.UsageError(f"there are no such tests any more: {missing}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shape")
    parser.addoption("--made", type=Path)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    path = collection_path.relative_to(config.rootpath).as_posix()
    # None leaves it to pytest.
    return True if path in left_out(config.getoption("shape")) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    places = left_out(config.getoption("shape"))
    gone = [item for item in items if {item.nodeid, item.nodeid.partition("[")[0]} & {*places}]
    items[:] = [item for item in items if item not in {*gone}]
    config.hook.pytest_deselected(items=gone)
    found = {item.nodeid.partition("::")[0] for item in gone + items}
    left = {item.nodeid.partition("[")[0] for item in gone}
    stale = [place for place in places if place.partition("::")[0] in found and place not in left]
    if stale:
        raise pytest.UsageError(f"there are no such tests any more: {stale}")


def pytest_report_header(config: pytest.Config) -> list[str]:
    shape = config.getoption("shape")
    told = [f"{place}: {reason}" for place, reason in left_out(shape).items()]
    return [f"shape: {shape}, python {' '.join(sys.orig_argv[1:4])}", "without:", *told]


@pytest.fixture(scope="session", autouse=True)
def _it_is_the_shape_that_is_tested(pytestconfig: pytest.Config) -> Iterator[None]:
    import mistral_proto

    made = pytestconfig.getoption("made")
    assert str(mistral_proto.__file__).startswith(str(made)), mistral_proto.__file__
    if pytestconfig.getoption("shape") == "read-only-without-ssl":
        with pytest.raises(ImportError):
            import ssl  # noqa: F401
    yield
    # Nothing has come from elsewhere by the name that the package has there.
    elsewhere = {
        name: str(module.__file__)
        for name, module in sys.modules.items()
        if name.partition(".")[0] == "mistral_proto"
        and not str(module.__file__).startswith(str(made))
    }
    assert elsewhere == {}
