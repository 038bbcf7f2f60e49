"""The names of `errors`, at another path that the SDK has for them."""

from ..errors import *
from ..lazy_names import add_aliases
from ..protocol.response import HTTPValidationErrorData as HTTPValidationErrorData

_MODULES = "httpvalidationerror mistralerror no_response_error responsevalidationerror sdkerror"
add_aliases(_MODULES.split(), __name__)
