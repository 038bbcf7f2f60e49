"""``python -m mistral_proto``: see `mistral_proto.cli`."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
