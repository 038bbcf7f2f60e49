# Just what the tests use, for machines without the package.

EXPECTED_FORMAT_VALUES: list[str]
