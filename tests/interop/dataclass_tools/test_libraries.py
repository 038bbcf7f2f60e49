"""Libraries that read and write dataclasses: by a hook, and by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, make_dataclass
from typing import Any

import cattrs
import dacite
import msgspec
import orjson
import pytest
from pydantic import TypeAdapter

from mistral_proto import ChatCompletionResponse, UserMessage, ValidationError
from mistral_proto.wire import WireType
from tests.interop.dataclass_tools.samples import DOCUMENTS, OURS, RESPONSE, TWINS, outcome


def is_ours(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, WireType)


LIST: Any = list
converter = cattrs.Converter()
converter.register_structure_hook_func(is_ours, lambda document, cls: cls.from_dict(document))
converter.register_unstructure_hook_func(is_ours, lambda value: value.to_dict())


def by_dacite(cls: Any, document: Any) -> Any:
    record = make_dataclass("Record", [("value", cls)])
    config = dacite.Config(type_hooks={cls: cls.from_dict})
    return dacite.from_dict(record, {"value": document}, config).value


def by_orjson(value: Any) -> Any:
    option = orjson.OPT_PASSTHROUGH_DATACLASS
    return orjson.loads(orjson.dumps([value], default=type(value).to_dict, option=option))[0]


# Ways to read any document as its type.
READERS: dict[str, Callable[[Any, Any], Any]] = {
    "pydantic": lambda cls, document: TypeAdapter(cls).validate_python(document),
    "pydantic, JSON": lambda cls, document: TypeAdapter(cls).validate_json(json.dumps(document)),
    "orjson": lambda cls, document: cls.from_dict(orjson.loads(orjson.dumps(document))),
    "msgspec": lambda cls, document: cls.from_dict(msgspec.json.decode(json.dumps(document))),
    "cattrs": lambda cls, document: converter.structure([document], LIST[cls])[0],
    "dacite": by_dacite,
}
# Ways to write a value as `to_dict` does.
WRITERS: dict[str, Callable[[Any], Any]] = {
    "pydantic": lambda value: TypeAdapter(type(value)).dump_python(value),
    "pydantic, JSON": lambda value: json.loads(TypeAdapter(type(value)).dump_json(value)),
    "orjson": by_orjson,
    "msgspec": lambda value: json.loads(msgspec.json.encode(value.to_dict())),
    "cattrs": lambda value: converter.unstructure([value])[0],
}


def test_libraries_read_and_write_by_our_methods() -> None:
    for cls, document in DOCUMENTS.items():
        value = cls.from_dict(document)
        for name, read in READERS.items():
            made = read(cls, document)
            assert (type(made), made) == (cls, value), name
        for name, write in WRITERS.items():
            assert write(value) == value.to_dict(), name


def test_libraries_show_our_problems() -> None:
    document = {"role": "user", "content": 3, "nme": "A"}
    with pytest.raises(ValidationError) as ours:
        UserMessage.from_dict(document)
    for read in READERS.values():
        with pytest.raises(Exception) as caught:
            read(UserMessage, document)
        text = "".join(map(str, causes(caught.value)))
        for problem in ours.value.problems:
            assert f"{problem.expected}, got {problem.got}" in text


def causes(error: BaseException) -> list[BaseException]:
    """Return an error with the members of a group, which cattrs raises."""
    return [error, *(each for one in getattr(error, "exceptions", ()) for each in causes(one))]


# They write the fields, `extra` among them, where `to_dict` writes the items of `extra`.
FIELDS: dict[str, Callable[[Any], Any]] = {
    "orjson": lambda value: orjson.loads(orjson.dumps(value)),
    "msgspec": lambda value: msgspec.json.decode(msgspec.json.encode(value)),
    "msgspec.to_builtins": msgspec.to_builtins,
    "cattrs": cattrs.unstructure,
    "dataclasses": asdict,
}


def test_without_a_hook_the_fields_are_written() -> None:
    for write in FIELDS.values():
        written = write(ChatCompletionResponse.from_dict(RESPONSE))
        message = written["choices"][0]["message"]
        assert (written["extra"], message["extra"]) == ({"region": "eu"}, {"mood": "good"})
        assert message["tool_calls"][0]["function"]["name"] == "f"
        assert written["choices"][0]["finish_reason"] == "tool_calls"


BOOK = {"name": "book", "description": "A book.", "schema": {"type": "object"}, "strict": True}
CHUNKS = {"role": "system", "content": [{"type": "text", "text": "Hi"}]}

# Uses without a hook.  The result is that for a plain dataclass, also where it is an error:
# unions of dataclasses need a hook with either.
USES: dict[str, Callable[[Any], Any]] = {
    "msgspec": lambda types: msgspec.to_builtins(msgspec.convert(BOOK, types.JsonSchema)),
    "msgspec, wrong": lambda types: msgspec.convert({"content": 3}, types.Prediction),
    "msgspec, a union": lambda types: msgspec.convert(CHUNKS, types.SystemMessage),
    "cattrs": lambda types: cattrs.unstructure(cattrs.structure(BOOK, types.JsonSchema)),
    "cattrs, missing": lambda types: cattrs.structure({}, types.JsonSchema),
    "cattrs, a union": lambda types: cattrs.structure(CHUNKS, types.SystemMessage),
    "dacite": lambda types: asdict(dacite.from_dict(types.JsonSchema, BOOK)),
    "dacite, missing": lambda types: dacite.from_dict(types.JsonSchema, {}),
}


def test_without_a_hook_the_result_is_that_of_a_plain_dataclass() -> None:
    for name, use in USES.items():
        assert outcome(use, OURS) == outcome(use, TWINS), name
