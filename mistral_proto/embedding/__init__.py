"""Copies of the package: a folder to vendor, one file, and a layer of AWS Lambda.

No copy contains this part.
"""

from .one_file import bundle as bundle, lambda_layer as lambda_layer
from .vendoring import vendor as vendor
