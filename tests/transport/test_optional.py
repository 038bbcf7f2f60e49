"""Pythons that were built without a module that we can do without."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import pytest

from mistral_proto.transport import connections, content_coding, optional


def again(module: ModuleType) -> ModuleType:
    """The module as it is when it is imported now."""
    spec = module.__spec__
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_without_ssl_and_zlib(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ssl", "zlib"):
        monkeypatch.setitem(sys.modules, name, None)
    without = again(optional)
    assert (without.ssl, without.zlib) == (None, None)
    monkeypatch.setattr(optional, "ssl", None)
    monkeypatch.setattr(optional, "zlib", None)
    assert again(connections)._WOULD_BLOCK == (BlockingIOError,)
    coding = again(content_coding)
    assert coding.ACCEPTED == "identity"
    with pytest.raises(OSError, match="^the content-encoding is neither"):
        coding.check_codings(["gzip"])
