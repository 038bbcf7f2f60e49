"""The public names, and what importing them costs."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

import mistral_proto
from mistral_proto import client, extra, models, openai, utils
from tests.package.loading import loaded_by

# Modules that a user of the wire types alone does not pay for.
COSTLY = ["asyncio", "http.client", "socket", "ssl", "threading", "urllib.request"]
# The packages whose names load their modules on first use.
LAZY: list[ModuleType] = [mistral_proto, client, extra, models, openai, utils]


def names_of(module: ModuleType) -> list[str]:
    """Return the names of a module's `__all__`, or else all that it defines."""
    if hasattr(module, "__all__"):
        return [*module.__all__]
    own = {name for name, value in vars(module).items() if not name.startswith("_")}
    imported = {
        alias.name
        for node in ast.parse(Path(str(module.__file__)).read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return sorted(own - imported)


def type_checkers_names(package: ModuleType) -> dict[str, str]:
    """Return the names that a type checker sees imported, with their modules as written."""
    found = {}
    guarded = [
        node
        for node in ast.walk(ast.parse(Path(str(package.__file__)).read_text("utf-8")))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    for node in guarded[0].body:
        assert isinstance(node, ast.ImportFrom)
        home = "." * node.level + (node.module or "")
        for name in node.names:
            if name.name == "*":
                module = importlib.import_module(home, package.__package__)
                found.update(dict.fromkeys(names_of(module), home))
            else:
                assert name.asname == name.name, "only `X as X` is exported to type checkers"
                found[name.name] = home
    return found


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_every_public_name_resolves_as_type_checkers_see_it(package: ModuleType) -> None:
    for name in package.__all__:
        value = getattr(package, name)
        assert name in dir(package)
        assert vars(package)[name] is value, "found without __getattr__ from then on"

    names = type_checkers_names(package)
    for name in [name for name in names if name.endswith("TypedDict")]:  # found by their ending
        assert getattr(package, name) == getattr(models.names, name)
        del names[name]
    assert names == package._HOME_OF
    assert sorted(names) == sorted({*package.__all__} - {"__version__"})
    assert len({*package.__all__}) == len(package.__all__)

    for home in {*names.values()}:
        module = importlib.import_module(home, package.__package__)
        taken = {name for name, place in names.items() if place == home}
        if home == ".":
            assert all(isinstance(getattr(package, name), ModuleType) for name in taken)
            continue
        assert taken <= {*names_of(module)}
        assert all(hasattr(module, name) for name in names_of(module))
        if home.startswith(".protocol."):  # all of the wire types are public
            assert taken == {*names_of(module)}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'mistral_proto' has no attribute 'Mistrel'"):
        mistral_proto.Mistrel  # type: ignore[attr-defined]
    assert not hasattr(mistral_proto, "Mistrel")


def test_the_package_loads_names_only_and_wire_types_no_client() -> None:
    names = {"__future__", "mistral_proto", "mistral_proto.lazy_names"}
    assert loaded_by("import mistral_proto") == names
    loaded = loaded_by(
        "from mistral_proto import ChatCompletionRequest, ChatCompletionResponse\n"
        "from mistral_proto import EventStreamParser, MistralError, ValidationError\n"
        "request = ChatCompletionRequest(messages=[{'role': 'user', 'content': 'a'}])\n"
        "ChatCompletionRequest.from_json(request.to_json())\n"
        "ChatCompletionResponse.from_dict({'model': 'm', 'choices': []}).to_json()\n"
    )
    assert loaded.isdisjoint(COSTLY)
    assert not {name for name in loaded if "client" in name or "transport" in name}


def test_the_client_loads_no_conversion_and_no_rules() -> None:
    loaded = loaded_by(
        "from mistral_proto import Mistral\n"
        "from mistral_proto.testing import MockServer\n"
        "request = {'model': 'm', 'messages': [{'role': 'user', 'content': 'Hi'}]}\n"
        "with MockServer() as server, Mistral(api_key='k', server_url=server.url) as mistral:\n"
        "    mistral.chat.complete(**request)\n"
        "    with mistral.chat.stream(**request) as events:\n"
        "        list(events)\n"
    )
    assert "mistral_proto.client.stream" in loaded
    parts = {name.split(".")[1] for name in loaded if name.startswith("mistral_proto.")}
    unused = {"conversation", "conversions", "for_pydantic", "openai", "schema", "structured"}
    assert parts.isdisjoint(unused)
