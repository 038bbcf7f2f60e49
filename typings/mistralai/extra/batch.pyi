from typing import Any, Generic, TypeVar

from typing_extensions import Self

T = TypeVar("T")

class BatchRequest:
    custom_id: str | None
    body: dict[str, Any]

class BatchInput(Generic[T]):
    @classmethod
    def from_jsonl_bytes(cls, raw: bytes) -> Self: ...
    def to_requests(self) -> list[BatchRequest]: ...

class BatchRequestError:
    custom_id: str | None
    status_code: int | None

class BatchResponseError:
    custom_id: str | None

class BatchOutput(Generic[T]):
    responses: dict[str, T]
    request_errors: list[BatchRequestError]
    response_errors: list[BatchResponseError]
    @classmethod
    def from_jsonl_bytes(cls, raw: bytes, response_body_type: type[T]) -> BatchOutput[T]: ...
