"""What runs the tests against each shape of the package: ``nox -s embedded``."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.shapes.__main__ import copy_tests, main, renamed
from tests.shapes.left_out import OF_SHAPE, left_out
from tests.shapes.shapes import SHAPES

ROOT = Path(__file__).parents[2]


def test_every_shape_is_in_every_table() -> None:
    noxfile = ast.parse((ROOT / "noxfile.py").read_text("utf-8"))
    (table,) = [
        node.value
        for node in noxfile.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SHAPES"
    ]
    assert isinstance(table, ast.Dict)
    names = [key.value for key in table.keys if isinstance(key, ast.Constant)]
    assert names == [*SHAPES] == [*OF_SHAPE]


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_left_out_is_there_and_has_a_reason(shape: str) -> None:
    for place, reason in left_out(shape).items():
        file, _, test = place.partition("::")
        path = ROOT / file.removeprefix("lib/")
        assert path.exists() and reason
        assert f"def {test}(" in path.read_text("utf-8") if test else True


NAMED: list[tuple[str, str]] = [
    ("from mistral_proto.sse import x", "from chat.sse import x"),
    ('"mistral_proto.errors"', '"chat.errors"'),
    ('name.startswith("mistral_proto.")', 'name.startswith("chat.")'),
    ('record.name == "mistral_proto"', 'record.name == "mistral_proto"'),
    ('one.name.startswith("mistral_proto")', 'one.name.startswith("mistral_proto")'),
    ('getLogger("mistral_proto")', 'getLogger("mistral_proto")'),
    ('at_level(logger="mistral_proto")', 'at_level(logger="mistral_proto")'),
    ("MISTRAL_PROTO_SHARED", "MISTRAL_PROTO_SHARED"),
]


@pytest.mark.parametrize(("text", "expected"), NAMED)
def test_names(text: str, expected: str) -> None:
    assert renamed(text, "chat") == expected


def test_the_tests_are_copied(tmp_path: Path) -> None:
    copy_tests(tmp_path, "chat")
    assert (tmp_path / "tests" / "sse" / "cases.py").is_file()
    assert "import mistral_proto" not in (tmp_path / "tests/imported_from.py").read_text()
    assert "import chat" in (tmp_path / "tests/imported_from.py").read_text()


@pytest.mark.parametrize("arguments", [[], ["box"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "SHAPE is one of ['bundle', 'vendored'" in capsys.readouterr().out
