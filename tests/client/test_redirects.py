"""A redirect never takes the key to another origin, nor turns a POST into a GET.

The rules of an origin are in `tests/transport/test_urls.py`, redirects between https and http in
`faults/test_tls.py`.
"""

from __future__ import annotations

from mistral_proto import NoResponseError, SDKError
from tests.client.doubles import Reply, double_for, good
from tests.client.support import CALLS, URL, Fails, Says, client, end_of, every_call, failure

PLACE = f"{URL}/eu/v1/chat"
WITHIN = [
    "/eu/v1/chat",
    "../../eu/v1/chat",
    f"{PLACE}#part",
    "http://gateway.invalid:80/eu/v1/chat",
]
OTHERS = """https://gateway.invalid/x http://gateway.invalid:81/x //other.invalid/x http://[::1/x
    http://user:pass@gateway.invalid/x /v1/chat/completions file:///etc/passwd""".split()


def to(location: str, status: int = 307) -> Reply:
    return Reply(status=status, headers={"location": location})


@every_call
def test_a_redirect_within_the_origin_is_followed(name: str) -> None:
    for location in WITHIN:
        double = double_for(name, to(location, 307), good(name))
        end_of(name, client(double)).check(Says())
        first, second = double.requests
        assert second.url.partition("#")[0].replace(":80/", "/") == PLACE
        kept = (first.method, first.body, first.headers)
        assert (second.method, second.body, second.headers) == kept


@every_call
def test_other_redirects_are_not_followed(name: str) -> None:
    replies = [to(location, 308) for location in OTHERS]
    replies += [to(WITHIN[0], status) for status in (300, 301, 302, 303)]
    for reply in replies:
        double = double_for(name, reply)
        end = end_of(name, client(double))
        end.check(Fails(SDKError, reply.status))
        assert end.error.headers["location"] == reply.headers["location"]
        assert "close" in reply.done and len(double.requests) == 1


def test_chains_of_redirects() -> None:
    for name in CALLS:
        chain = [to(f"/{number}", 308) for number in range(6)]
        double = double_for(name, *chain[:5], good(name))
        end_of(name, client(double)).check(Says())
        assert [request.url for request in double.requests[1:]] == [f"{URL}/{n}" for n in range(5)]
        double = double_for(name, *chain)
        error = failure(CALLS[name], client(double))
        assert isinstance(error, NoResponseError) and error.final
        assert (error.tries, len(double.requests)) == (1, 6)
