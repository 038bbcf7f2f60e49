# Just what the tests use, for machines without the package.
from typing import Any

BackoffStrategy: Any
RetryConfig: Any
marshal_json: Any
unmarshal_json: Any
