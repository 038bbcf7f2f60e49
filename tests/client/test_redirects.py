"""A redirect never takes the key to another origin, nor turns a POST into a GET.

Redirects between https and http are in `faults/test_tls.py`.
"""

from __future__ import annotations

from mistral_proto import NoResponseError, SDKError
from tests.client.doubles import Reply, double_for, good
from tests.client.support import CALLS, URL, Fails, Says, client, end_of, every_call, failure

PLACE = f"{URL}/eu/v1/chat"
# Locations within the origin of the request, and others: other schemes, ports and hosts, the
# request's own URL, and URLs that two programs may read in two ways.
WITHIN = ["/eu/v1/chat", "//gateway.invalid/eu/v1/chat", PLACE, "../../eu/v1/chat", f"{PLACE}#part",
    "HTTP://gateway.invalid/eu/v1/chat", "http://gateway.invalid:80/eu/v1/chat"]  # fmt: skip
OTHERS = """https://gateway.invalid/x https:gateway.invalid http://gateway.invalid:81/x //other.invalid/x
    http://gateway.invalid:800/x http://localhost/x http://gateway.invalid.evil.invalid/x
    http://gateway.invalid:80@evil.invalid/x http://gateway.invalid\\@evil.invalid/x
    http://user:pass@gateway.invalid/x http://evil.invalid\\@gateway.invalid/x http://[::1/x
    http://[bad]/x file:///etc/passwd ftp://gateway.invalid/x data:text/plain,x javascript:0
    /v1/chat/completions /é""".split()


def to(location: str, status: int = 307) -> Reply:
    return Reply(status=status, headers={"location": location})


@every_call
def test_a_redirect_within_the_origin_is_followed(name: str) -> None:
    for location in WITHIN:
        for status in (307, 308):
            double = double_for(name, to(location, status), good(name))
            end_of(name, client(double)).check(Says())
            first, second = double.requests
            path = second.url.partition("#")[0].lower().replace(":80/", "/")
            assert path == PLACE, location
            assert (second.method, second.body, second.headers) == (
                "POST",
                first.body,
                first.headers,
            )


@every_call
def test_other_redirects_are_not_followed(name: str) -> None:
    replies = [to(location, status) for location in [*OTHERS, "/a b"] for status in (307, 308)]
    replies += [to(location, status) for location in WITHIN for status in (300, 301, 302, 303)]
    for reply in replies:
        double = double_for(name, reply)
        end = end_of(name, client(double))
        end.check(Fails(SDKError, reply.status))
        assert end.error.headers["location"] == reply.headers["location"]
        assert "close" in reply.done and len(double.requests) == 1


def test_chains_of_redirects() -> None:
    for name in CALLS:
        for count in (1, 5):
            double = double_for(name, *[to(f"/{n}", 308) for n in range(count)], good(name))
            end_of(name, client(double)).check(Says())
            urls = [request.url for request in double.requests][1:]
            assert urls == [f"{URL}/{number}" for number in range(count)]
        double = double_for(name, *[to(f"/{n}", 308) for n in range(6)])
        error = failure(CALLS[name], client(double))
        assert isinstance(error, NoResponseError) and error.final
        assert (error.tries, len(double.requests)) == (1, 6)
        double = double_for(name, to("/a"), to("/b"), to("http://other.invalid/c"))
        end_of(name, client(double)).check(Fails(SDKError, 307))
        assert len(double.requests) == 3
