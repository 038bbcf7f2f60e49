"""The SDK's other path to `errors`."""

from ..errors import *
from ..lazy_names import add_aliases
from ..protocol.response import HTTPValidationErrorData as HTTPValidationErrorData

_MODULES = "httpvalidationerror mistralerror no_response_error responsevalidationerror sdkerror"
add_aliases(_MODULES.split(), __name__)
