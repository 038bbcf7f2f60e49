"""The names of `errors`, at another path that the SDK has for them."""

from ..errors import *
from ..lazy_names import stand_for

stand_for(
    [
        "httpvalidationerror",
        "mistralerror",
        "no_response_error",
        "responsevalidationerror",
        "sdkerror",
    ],
    __name__,
)
