"""Our types as rich and Sphinx show them."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import rich
from rich.console import Console
from rich.pretty import pretty_repr

from mistral_proto import (
    APIKeyAuth,
    ChatCompletionResponse,
    UserMessage,
)
from tests.imported_from import ROOT
from tests.interop.dataclass_tools.samples import RESPONSE

PRETTY: list[tuple[Any, str]] = [
    (UserMessage(content="Hi"), "UserMessage(role='user', content='Hi')"),
    (
        UserMessage(content="Answer in French."),
        "UserMessage(\n    role='user',\n    content='Answer in French.'\n)",
    ),
    (APIKeyAuth(value="k3y"), "APIKeyAuth(type='api-key', value=...)"),
]


def test_rich_shows_the_fields() -> None:
    for value, pretty in PRETTY:
        assert pretty_repr(value, max_width=40) == pretty
        assert pretty_repr(value, max_width=400) == repr(value)
    file = io.StringIO()
    Console(file=file, width=60).print(ChatCompletionResponse.from_dict(RESPONSE))
    assert "    extra={'region': 'eu'}\n)" in file.getvalue()
    rich.inspect(UserMessage(content="Hi"), console=Console(file=file), methods=True)
    assert "to_dict = " in file.getvalue()


CONF = 'extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]\nautodoc_typehints = "description"\n'
PAGE = """\
Types
=====

.. autoclass:: mistral_proto.ChatCompletionRequest
   :members:

.. autoclass:: mistral_proto.UsageInfo
   :members:
   :inherited-members:

"""


def test_sphinx_documents_the_types(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text(CONF)
    (tmp_path / "index.rst").write_text(PAGE)
    built = tmp_path / "built"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", str(tmp_path), str(built)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    text = unescape(re.sub(r"<[^>]+>", "", (built / "index.html").read_text()))
    assert "A request for a chat completion (API: ChatCompletionRequest)." in text
    assert "mistral_proto.ChatCompletionRequest(*, model" in text
    for name in ("temperature", "random_seed", "prompt_tokens", "total_tokens", "extra"):
        assert re.search(rf"^{name}:? ", text, re.M), name
    for name in ("to_dict", "from_dict"):
        assert f"{name}(" in text
