"""Pydantic's names and hooks for the wire types: pydantic is imported when it calls them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module  # which a type checker without pydantic passes
from operator import methodcaller
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from .checks import Constant
from .errors import ValidationError
from .json_text import JSONValue

if TYPE_CHECKING:
    from .schema.definitions import Schema

T = TypeVar("T", bound="ForPydantic")


class ForPydantic:
    """The methods of pydantic's models, for code that moves here, and what pydantic asks for."""

    if TYPE_CHECKING:  # what the wire types have
        from_dict: Any
        from_json: Any
        to_dict: Any
        to_json: Any
        _specs: Any

    @classmethod
    def model_validate(cls: type[T], obj: Mapping[str, object], /, **_: object) -> T:
        """Do what `from_dict` does: no other argument means anything here, nor below."""
        made: T = cls.from_dict(obj)
        return made

    @classmethod
    def model_validate_json(cls: type[T], json_data: str | bytes | bytearray, /, **_: object) -> T:
        """Do what `from_json` does."""
        made: T = cls.from_json(json_data)
        return made

    def model_dump(self, **_: object) -> dict[str, JSONValue]:
        """Do what `to_dict` does: all of the document, whatever the arguments."""
        document: dict[str, JSONValue] = self.to_dict()
        return document

    def model_dump_json(self, **_: object) -> str:
        """Do what `to_json` does."""
        return str(self.to_json())

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        """Let pydantic read by `from_dict`, and write by `to_dict`."""
        core_schema: Any = import_module("pydantic_core.core_schema")
        to_dict: Any = methodcaller("to_dict")
        # What pydantic goes by where a field tells the members of a union apart.
        tags = {
            name: core_schema.typed_dict_field(core_schema.literal_schema([spec.check.value]))
            for name, spec in cls._specs.items()
            if isinstance(spec.check, Constant)
        }

        def read(value: object, handler: object) -> object:
            return cls._from_pydantic(value)

        read.__name__ = cls.__name__  # which pydantic's errors begin with
        return core_schema.no_info_wrap_validator_function(
            read,
            core_schema.typed_dict_schema(tags),
            ref=_reference(cls),
            serialization=core_schema.plain_serializer_function_ser_schema(to_dict),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, source: object, handler: Any) -> Any:
        """Let pydantic describe what `from_dict` reads."""
        return _json_schema(cls, handler)

    @classmethod
    def _from_pydantic(cls: type[T], value: Any) -> T:
        """Read a value; our problems become pydantic's, each with its place."""
        try:
            made: T = value if isinstance(value, cls) else cls.from_dict(value)
            return made
        except ValidationError as error:
            problems = error.problems
        core: Any = import_module("pydantic_core")
        errors = [
            {
                "type": core.PydanticCustomError(
                    problem.type,
                    "expected {expected}, got {got}",
                    {"expected": problem.expected, "got": problem.got},
                ),
                "loc": problem.path,
                "input": problem.got,  # not the value, which may be a secret
            }
            for problem in problems
        ]
        raise core.ValidationError.from_exception_data(cls.__name__, errors)


def _reference(cls: type) -> str:
    """Return the name under which pydantic's schemas know a class."""
    return f"{cls.__module__}.{cls.__qualname__}:{id(cls)}"


def _json_schema(cls: Any, handler: Any) -> Schema:
    """Return the schema of a type, whose parts pydantic has among its own definitions.

    There a type is one definition, however it is reached: each is described as it
    reads by itself.
    """
    definitions: Any = import_module(".schema.definitions", __package__)  # a copy may lack it
    core_schema: Any = import_module("pydantic_core.core_schema")
    pydantic: Any = import_module("pydantic")
    parts: list[Any] = []

    class Parts(definitions.Definitions):  # type: ignore[misc]
        """The parts of a schema, each a core schema that describes itself."""

        def reference(self, part: Any, name: str, write: Any) -> Schema:
            if all(known["ref"] != _reference(part) for known in parts):
                known = {"ref": _reference(part)}
                parts.append(known)  # before it is written, as it may refer to itself
                schema = pydantic.WithJsonSchema(write(Parts(part._lenient)))
                known |= pydantic.TypeAdapter(Annotated[Any, schema]).core_schema
            reference: Schema = handler(core_schema.definition_reference_schema(_reference(part)))
            return {**reference}

    schema: Schema = cls._schema(Parts(cls._lenient))
    # Pydantic asks for the hooks of a definition, but not for those of what a handler gets.
    handler(core_schema.definitions_schema(core_schema.any_schema(), parts))
    return schema
