"""The proxy of litellm, as a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KEY = "sk-the-key-of-the-proxy"
TEXT = "Bonjour, ça va? Voilà une réponse."
CALL = {
    "id": "a1b2c3d4e",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
}
# A machine under load takes a while to import it all.
_BOUND = 120.0


def _configuration(behind: str) -> dict[str, Any]:
    def model(name: str, of: str = "mistral-small-latest", **parameters: Any) -> dict[str, Any]:
        return {
            "model_name": name,
            "litellm_params": {"model": f"mistral/{of}", "api_key": "k", **parameters},
        }

    return {
        "model_list": [
            model("text", mock_response=TEXT),
            model("call", mock_response="", mock_tool_calls=[CALL]),
            model("limited", mock_response="litellm.RateLimitError"),
            model("broken", mock_response="litellm.InternalServerError"),
            model("through", api_base=f"{behind}/v1"),
            model("thinking", "magistral-medium-latest", api_base=f"{behind}/v1"),
        ],
        "general_settings": {"master_key": KEY},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
    }


@contextmanager
def listening(folder: Path, behind: str) -> Iterator[str]:
    """The URL of a proxy; `behind` is that of the server that it asks itself."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = folder / "config.yaml"
    configuration.write_text(json.dumps(_configuration(behind)))  # which is YAML, too
    command = [str(Path(sys.executable).with_name("litellm")), "--config", str(configuration)]
    # It looks nothing up elsewhere, and knows nobody's settings.
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LITELLM")},
        "HOME": str(folder),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "NO_PROXY": "127.0.0.1",
        "PYTHONWARNINGS": "ignore",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/health/liveliness", process, folder / "log")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + _BOUND
    while process.poll() is None and time.monotonic() < until:
        try:
            with opener.open(url, timeout=5) as response:
                response.read()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"litellm does not answer:\n{log.read_text(errors='replace')[-5000:]}")
