"""What the API says about a request that it refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..checks import AbsentList, AnyJSON, Either, Integer, JSONObject, ListOf, ObjectOf, String
from ..fields import field
from ..wire import OpenWireType, wire_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..json_text import JSONValue

__all__ = ["HTTPValidationErrorData", "HTTPValidationErrorDetail"]


@wire_type
class HTTPValidationErrorDetail(OpenWireType):
    """One thing that the API found wrong (API document: `ValidationError`).

    >>> HTTPValidationErrorDetail(loc=["body", "n"], msg="Input should be …", type="int").loc
    ('body', 'n')
    """

    loc: Sequence[int | str] = field(
        ListOf(Either(String(), Integer())), doc="Where it is, outermost first."
    )
    msg: str = field(String())
    type: str = field(String(), doc="The kind of problem, such as extra_forbidden.")
    input: JSONValue = field(AnyJSON(), default=None, doc="What stood there.")
    ctx: Mapping[str, JSONValue] | None = field(JSONObject(), default=None, nullable=False)


@wire_type
class HTTPValidationErrorData(OpenWireType):
    """The body of a 422 answer (API document: `HTTPValidationError`).

    >>> HTTPValidationErrorData.from_dict(
    ...     {"detail": [{"loc": ["body"], "msg": "Field required", "type": "missing"}]}
    ... ).detail[0].msg
    'Field required'
    """

    detail: Sequence[HTTPValidationErrorDetail] = field(
        ListOf(ObjectOf(HTTPValidationErrorDetail)), default=(), absent=AbsentList()
    )
