# Just what the tests use, for machines without the package.
