"""Pydantic's hooks of the wire types; loaded, as pydantic is, when pydantic calls them."""

from __future__ import annotations

from importlib import import_module  # which a type checker without pydantic accepts
from operator import methodcaller
from typing import TYPE_CHECKING, Annotated, Any

from .checks import Constant
from .errors import ValidationError

if TYPE_CHECKING:
    from .schema.definitions import Schema
    from .wire import WireType


def core_schema(cls: type[WireType]) -> Any:
    """Return the core schema with which pydantic reads by `from_dict`, and writes by `to_dict`."""
    core: Any = import_module("pydantic_core.core_schema")
    to_dict: Any = methodcaller("to_dict")
    # Pydantic looks for the constants that distinguish the members of a union.
    tags = {
        name: core.typed_dict_field(core.literal_schema([spec.check.value]))
        for name, spec in cls._specs.items()
        if isinstance(spec.check, Constant)
    }

    def read(value: object, handler: object) -> object:
        return _read(cls, value)

    read.__name__ = cls.__name__  # with which pydantic's errors begin
    return core.no_info_wrap_validator_function(
        read,
        core.typed_dict_schema(tags),
        ref=_reference(cls),
        serialization=core.plain_serializer_function_ser_schema(to_dict),
    )


def _read(cls: type[WireType], value: Any) -> WireType:
    """Read a value; raise our problems as pydantic's, each with its path."""
    try:
        return value if isinstance(value, cls) else cls.from_dict(value)
    except ValidationError as error:
        problems = error.problems
    core: Any = import_module("pydantic_core")
    errors = []
    for problem in problems:
        context = {"expected": problem.expected, "got": problem.got}
        error_type = core.PydanticCustomError(
            problem.type, "expected {expected}, got {got}", context
        )
        # The input is not the value, which may be a secret.
        errors.append({"type": error_type, "loc": problem.path, "input": problem.got})
    raise core.ValidationError.from_exception_data(cls.__name__, errors)


def _reference(cls: type) -> str:
    """Return the name under which pydantic's schemas know a class."""
    return f"{cls.__module__}.{cls.__qualname__}:{id(cls)}"


def json_schema(cls: type[WireType], handler: Any) -> Schema:
    """Return the JSON Schema of a type, whose parts are among pydantic's own definitions.

    There a type has one definition, however it is reached: that of its own reading.
    """
    from .schema.definitions import Definitions, object_schema

    core: Any = import_module("pydantic_core.core_schema")
    pydantic: Any = import_module("pydantic")
    parts: list[Any] = []

    class Parts(Definitions):
        """The parts of a schema, each a core schema that describes itself."""

        def reference(self, part: Any, name: str, write: Any) -> Schema:
            if all(known["ref"] != _reference(part) for known in parts):
                known = {"ref": _reference(part)}
                parts.append(known)  # before it is written, as it may refer to itself
                schema = pydantic.WithJsonSchema(write(Parts(part._lenient)))
                known |= pydantic.TypeAdapter(Annotated[Any, schema]).core_schema
            reference: Schema = handler(core.definition_reference_schema(_reference(part)))
            return {**reference}

    schema = object_schema(cls, Parts(cls._lenient))
    # Pydantic calls the hooks of a definition, but not those of what a handler gets.
    handler(core.definitions_schema(core.any_schema(), parts))
    return schema
