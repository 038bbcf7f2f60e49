# Just what the tests use, for machines without the package.
from openai import types as types
