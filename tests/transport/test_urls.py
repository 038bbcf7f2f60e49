"""Where a request may go: origins, and redirects that stay within one.

What a `server_url` may be is in `tests/client/test_options.py`.
"""

from __future__ import annotations

import random
from urllib.parse import urlsplit

import pytest

from mistral_proto.transport.urls import origin, within_origin

ORIGINS = {
    "https://api.mistral.ai/v1": "https://api.mistral.ai:443",
    "HTTPS://API.Mistral.AI:443": "https://api.mistral.ai:443",
    "http://api.mistral.ai": "http://api.mistral.ai:80",
    "http://api.mistral.ai:443": "http://api.mistral.ai:443",
    "http://api.mistral.ai.": "http://api.mistral.ai.:80",
    "http://[::1]:8000/x?y#z": "http://[::1]:8000",
    "http://[::FFFF:7F00:1]": "http://[::ffff:7f00:1]:80",
    "http://localhost:": "http://localhost:80",
    "http://localhost:00080": "http://localhost:80",
    "http://localhost:65535": "http://localhost:65535",
    "http://my_host": "http://my_host:80",
    "http://host?@elsewhere": "http://host:80",
    "http://host/@elsewhere": "http://host:80",
}


@pytest.mark.parametrize(("url", "expected"), ORIGINS.items(), ids=ORIGINS)
def test_origin(url: str, expected: str) -> None:
    assert origin(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/x",
        "host",
        "//host/x",
        "http:/host",
        "http://",
        "http://:80",
        "http://u:p@host:1/",
        "http://u@host",
        "http://@host",
        "http://host:0",
        "http://host:65536",
        "http://host:99999",
        "http://host:100000",
        "http://host:-1",
        "http://host:1_0",
        "http://host:٨٠",
        "http://host:80:80",
        "http://.host",
        "http://a..host",
        "http://host%2eother",
        "http://host\\@other",
        "http://hôst",
        "http://host/ a",
        "http://host\n",
        "http://ho\tst",
        "http://::1",
        "http://[:::1]",
        "http://[1:2]",
        "http://[::1]x",
        "http://[::1%25eth0]",
        "file:///x",
        "ftp://host",
        "javascript:alert(1)",
    ],
)
def test_what_has_no_origin(url: str) -> None:
    with pytest.raises(ValueError, match="not an absolute http or https URL"):
        origin(url)


def test_a_password_is_not_shown() -> None:
    for url in ("http://user:s3cret@host", "user:s3cret@host", "http://s3cret@host/ a"):
        with pytest.raises(ValueError) as caught:
            origin(url)
        assert "s3cret" not in str(caught.value)


URL = "https://api.mistral.ai/v1/chat?x=1"

# What `Location` says, and where it leads from there; None: nowhere that is within the origin.
LOCATIONS: dict[str, str | None] = {
    "/v2": "https://api.mistral.ai/v2",
    "other": "https://api.mistral.ai/v1/other",
    "../other": "https://api.mistral.ai/other",
    "?x=2": "https://api.mistral.ai/v1/chat?x=2",
    "https://api.mistral.ai/v2": "https://api.mistral.ai/v2",
    "https://api.mistral.ai:443/v2": "https://api.mistral.ai:443/v2",
    "https://API.MISTRAL.AI/v2": "https://API.MISTRAL.AI/v2",
    "//api.mistral.ai/v2": "https://api.mistral.ai/v2",
    "https://api.mistral.ai": "https://api.mistral.ai",
    "///evil.example/v2": "https://api.mistral.ai/evil.example/v2",
    # To a browser these may be hosts; to us they are paths, wherever they stand.
    "\\\\evil.example/v2": "https://api.mistral.ai/v1/\\\\evil.example/v2",
    "https:\\\\evil.example": "https://api.mistral.ai/v1/\\\\evil.example",
    # -- elsewhere
    "http://api.mistral.ai/v2": None,
    "http://api.mistral.ai:443/v2": None,
    "https://api.mistral.ai:444/v2": None,
    "https://api.mistral.ai./v2": None,
    "https://mistral.ai/v2": None,
    "https://api.mistral.ai.evil.example/v2": None,
    "https://api.mistral.ai@evil.example/v2": None,
    "https://evil.example#@api.mistral.ai/v2": None,
    "https://evil.example\\@api.mistral.ai/v2": None,
    "//evil.example/v2": None,
    "ftp://api.mistral.ai/v2": None,
    "mailto:who@api.mistral.ai": None,
    "javascript:alert(1)": None,
    "data:text/plain,x": None,
    # -- nowhere
    "": None,
    URL: None,
    "/v1/chat?x=1": None,
    "https://[::1": None,
    "https://api.mistral.ai:port": None,
    "/a b": None,
    "/é": None,
    "/a\r\nhost: evil.example": None,
}


@pytest.mark.parametrize(("location", "target"), LOCATIONS.items(), ids=map(repr, LOCATIONS))
def test_within_origin(location: str, target: str | None) -> None:
    assert within_origin(URL, location) == target


def test_no_location_leads_out() -> None:
    random_ = random.Random(8)
    parts = [
        "https:",
        "http:",
        "//",
        "/",
        "\\",
        "@",
        ":",
        "?",
        "#",
        "..",
        " ",
        "%2f",
        "[",
        "]",
        "443",
        "\t",
    ]
    parts += ["api.mistral.ai", "evil.example", "é", "\n", "\x00", ";"]
    inside = 0
    for _ in range(20_000):
        location = "".join(random_.choices(parts, k=random_.randint(1, 6)))
        target = within_origin(URL, location)
        if target is not None:
            inside += 1
            split = urlsplit(target)
            assert (split.scheme, split.hostname) == ("https", "api.mistral.ai"), location
            assert split.port in (None, 443), location
            assert target.isascii() and target.isprintable() and " " not in target, location
    assert inside > 1000
