"""Origins of URLs, and redirects within one.

Values of `server_url` are in `tests/client/test_options.py`.
"""

from __future__ import annotations

import random
from urllib.parse import urlsplit

import pytest

from mistral_proto.transport.urls import origin, within_origin


def test_origin() -> None:
    cases = {
        "https://api.mistral.ai/v1": "https://api.mistral.ai:443",
        "HTTPS://API.Mistral.AI:443": "https://api.mistral.ai:443",
        "http://api.mistral.ai": "http://api.mistral.ai:80",
        "http://api.mistral.ai.": "http://api.mistral.ai.:80",
        "http://[::FFFF:7F00:1]:8000/x?y#z": "http://[::ffff:7f00:1]:8000",
        "http://localhost:": "http://localhost:80",
        "http://localhost:00080": "http://localhost:80",
        "http://localhost:65535": "http://localhost:65535",
        "http://my_host?@elsewhere": "http://my_host:80",
        "http://host/@elsewhere": "http://host:80",
    }
    for url, expected in cases.items():
        assert origin(url) == expected, url


def test_other_urls_have_no_origin() -> None:
    after_the_scheme = [
        *["", ":80", "u:s3cret@host:1/", "u@host", "@host", "s3cret@host/ a"],
        *["host:0", "host:65536", "host:100000", "host:-1", "host:1_0", "host:٨٠", "host:80:80"],
        *[".host", "a..host", "host%2eother", "host\\@other", "hôst", "host/ a", "host\n"],
        *["ho\tst", "::1", "[:::1]", "[1:2]", "[::1]x", "[::1%25eth0]"],
    ]
    others = ["", "/x", "host", "//host/x", "http:/host", "user:s3cret@host"]
    others += ["file:///x", "ftp://host", "javascript:alert(1)"]
    for url in [f"http://{rest}" for rest in after_the_scheme] + others:
        with pytest.raises(ValueError, match="not an absolute http or https URL") as caught:
            origin(url)
        assert "s3cret" not in str(caught.value)


URL = "https://api.mistral.ai/v1/chat?x=1"


def test_within_origin() -> None:
    # The value of `Location`, and the URL; None: a redirect that is not followed.
    cases: dict[str, str | None] = {
        "/v2": "https://api.mistral.ai/v2",
        "other": "https://api.mistral.ai/v1/other",
        "../other": "https://api.mistral.ai/other",
        "?x=2": "https://api.mistral.ai/v1/chat?x=2",
        "https://api.mistral.ai:443/v2": "https://api.mistral.ai:443/v2",
        "https://API.MISTRAL.AI/v2": "https://API.MISTRAL.AI/v2",
        "//api.mistral.ai/v2": "https://api.mistral.ai/v2",
        # Browsers may find hosts in these; they are paths here.
        "///evil.example/v2": "https://api.mistral.ai/evil.example/v2",
        "\\\\evil.example/v2": "https://api.mistral.ai/v1/\\\\evil.example/v2",
        "https:\\\\evil.example": "https://api.mistral.ai/v1/\\\\evil.example",
    }
    elsewhere = ["http://api.mistral.ai/v2", "http://api.mistral.ai:443/v2"]
    elsewhere += ["https://api.mistral.ai:444/v2", "https://api.mistral.ai./v2"]
    elsewhere += ["https://mistral.ai/v2", "https://api.mistral.ai.evil.example/v2"]
    elsewhere += ["https://api.mistral.ai@evil.example/v2"]
    elsewhere += ["https://evil.example#@api.mistral.ai/v2", "//evil.example/v2"]
    elsewhere += ["https://evil.example\\@api.mistral.ai/v2", "ftp://api.mistral.ai/v2"]
    elsewhere += ["mailto:who@api.mistral.ai", "data:text/plain,x"]
    invalid = ["", URL, "/v1/chat?x=1", "https://[::1", "https://api.mistral.ai:port"]
    invalid += ["/a b", "/é", "/a\r\nhost: evil.example"]
    for location, target in {**cases, **dict.fromkeys(elsewhere + invalid)}.items():
        assert within_origin(URL, location) == target, location


def test_no_location_leads_out() -> None:
    random_ = random.Random(8)
    parts = "https: http: // / \\ @ : ? # .. %2f [ ] 443 ; api.mistral.ai evil.example é".split()
    parts += [" ", "\t", "\n", "\x00"]
    inside = 0
    for _ in range(10_000):
        location = "".join(random_.choices(parts, k=random_.randint(1, 6)))
        target = within_origin(URL, location)
        if target is not None:
            inside += 1
            split = urlsplit(target)
            assert (split.scheme, split.hostname) == ("https", "api.mistral.ai"), location
            assert split.port in (None, 443), location
            assert target.isascii() and target.isprintable() and " " not in target, location
    assert inside > 500
