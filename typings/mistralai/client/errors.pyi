# Just what the tests use, for machines without the package.

class MistralError(Exception):
    status_code: int
    body: str

class HTTPValidationError(MistralError): ...
class SDKError(MistralError): ...
