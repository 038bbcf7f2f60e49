"""JSON text to plain values and back; every failure is a `ValidationError`.

This is the standard library's `json`, limited to RFC 8259: no NaN or Infinity, bytes are
UTF-8, and a text that Python itself can't read (nested too deeply, a number of thousands of
digits) is an invalid document.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import Problem, ValidationError, describe

if TYPE_CHECKING:
    from typing import TypeAlias

    JSONValue: TypeAlias = (
        dict[str, "JSONValue"] | list["JSONValue"] | str | int | float | bool | None
    )
else:
    # Libraries that read annotations at run time rarely support a type that contains itself.
    JSONValue = Any

__all__ = ["JSONValue", "dumps", "loads"]


def loads(
    text: str | bytes | bytearray, *, unique_keys: bool = False, title: str = "the value"
) -> JSONValue:
    """Return the value of a JSON text; a byte order mark is ignored.

    Of a repeated key the last value counts, as everywhere in `json`; with `unique_keys` it
    is refused.  `title` names the document in an error.

    Raises:
        ValidationError: the text is not JSON, or not UTF-8.

    >>> loads(b'{"a": [1, 2]}')
    {'a': [1, 2]}
    >>> loads("[NaN]")
    Traceback (most recent call last):
        ...
    mistral_proto.errors.ValidationError: the value has 1 problem:
      the document: expected JSON, got the constant NaN
    """
    decoder = _unique_keys_decoder if unique_keys else _decoder
    try:
        if not isinstance(text, str):
            text = str(text, "utf-8")
        # What `decode` does, without its regular expression for white space.
        begin = len(text) - len(text.lstrip(f"\ufeff{_WHITE_SPACE}"))
        value: JSONValue
        value, end = decoder.raw_decode(text, begin)
        if rest := text[end:].lstrip(_WHITE_SPACE):
            raise json.JSONDecodeError("Extra data", text, len(text) - len(rest))
        return value
    except ValidationError as error:
        error.title = title
        raise
    except json.JSONDecodeError as error:
        found = f"invalid JSON: {error.msg} (line {error.lineno}, column {error.colno})"
    except UnicodeDecodeError as error:
        found = f"bytes that are not UTF-8 (at byte {error.start})"
    except RecursionError:
        found = "a text that is nested too deeply"
    except ValueError:
        found = "a number with too many digits"
    # Outside the handlers, so that the text is not kept alive by the context.
    _refuse(found, title)


def dumps(value: JSONValue) -> str:
    """Return the JSON text of a plain value: compact, and ASCII only.

    ASCII can express every string, also one with half a surrogate pair, as models stream it.

    >>> dumps({"text": "né", "n": [1, None]})
    '{"text":"n\\\\u00e9","n":[1,null]}'
    """
    return _encode(value)


def _refuse(found: str, title: str = "the value") -> NoReturn:
    raise ValidationError([Problem((), "JSON", found, "json_invalid")], title)


def _refuse_constant(name: str) -> NoReturn:
    _refuse(f"the constant {name}")


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0:
        _refuse(f"the number {text[:48]}, which is beyond a float")
    return number


def _unique(pairs: list[tuple[str, JSONValue]]) -> dict[str, JSONValue]:
    value: dict[str, JSONValue] = {}
    for key, item in pairs:
        if key in value:
            _refuse(f"the key {describe(key).removeprefix('the string ')} twice in one object")
        value[key] = item
    return value


_WHITE_SPACE = " \t\n\r"
_limits: Any = {"parse_constant": _refuse_constant, "parse_float": _finite}
_decoder = json.JSONDecoder(**_limits)
_unique_keys_decoder = json.JSONDecoder(**_limits, object_pairs_hook=_unique)
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
