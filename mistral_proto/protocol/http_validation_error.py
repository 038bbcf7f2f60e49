"""What the API says about a request that it refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..fields import field
from ..json_text import JSONValue
from ..wire import OpenWireType, wire_type

__all__ = ["HTTPValidationErrorData", "HTTPValidationErrorDetail"]


@wire_type
class HTTPValidationErrorDetail(OpenWireType):
    """One thing that the API found wrong (API document: `ValidationError`).

    >>> HTTPValidationErrorDetail(loc=["body", "n"], msg="Input should be …", type="int").loc
    ['body', 'n']
    """

    loc: Sequence[int | str] = field(doc="Where it is, outermost first.")
    msg: str
    type: str = field(doc="The kind of problem, such as extra_forbidden.")
    input: JSONValue = field(default=None, doc="What stood there.")
    ctx: Mapping[str, JSONValue] | None = field(default=None, nullable=False)


@wire_type
class HTTPValidationErrorData(OpenWireType):
    """The body of a 422 answer (API document: `HTTPValidationError`).

    >>> HTTPValidationErrorData.from_dict(
    ...     {"detail": [{"loc": ["body"], "msg": "Field required", "type": "missing"}]}
    ... ).detail[0].msg
    'Field required'
    """

    detail: Sequence[HTTPValidationErrorDetail] = field(default_factory=list, absent=list)
