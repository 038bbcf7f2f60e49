"""When a call is tried again, and how long it waits: rules, without any call.

With calls and doubles of the network: `test_client_retries.py`, `faults/test_retry_after.py`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import math
import random
import socket
import time
from email.utils import formatdate
from typing import Any

import pytest

from mistral_proto import (
    BackoffStrategy,
    Clock,
    HTTPValidationError,
    IncompleteStreamError,
    MistralError,
    NoResponseConnectionError,
    NoResponseError,
    RetryConfig,
    SDKError,
    StreamError,
)
from mistral_proto.protocol.http_validation_error import HTTPValidationErrorData
from mistral_proto.retry import DEFAULT_RETRY_CONFIG, as_retry_config, retry_after, seconds_to_wait
from tests.client.doubles import StillClock


def config(
    initial: float = 100,
    longest: float = 10_000,
    exponent: float = 2.0,
    elapsed: float = 60_000,
    jitter: int | None = 0,
    *,
    connections: bool = True,
    codes: list[str] | None = None,
    strategy: str = "backoff",
    most: int | None = None,
) -> RetryConfig:
    backoff: Any = (initial, longest, exponent, elapsed, jitter)
    return RetryConfig(strategy, BackoffStrategy(*backoff), connections, codes, most)


@pytest.fixture(autouse=True)
def jitters(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """The bounds of each jitter, which is all that there may be."""
    asked: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        asked.append((low, high))
        return float(high)

    monkeypatch.setattr(random, "uniform", uniform)
    return asked


# -- settings

# What can't be one, the kind of exception, and what it names.
BAD_SETTINGS: list[tuple[dict[str, Any], type[Exception], str]] = [
    *[
        ({parameter: value}, kind, field)
        for parameter, field in {
            "initial": "initial_interval",
            "longest": "max_interval",
            "elapsed": "max_elapsed_time",
            "jitter": "jitter_ms",
            "exponent": "exponent",
        }.items()
        for value, kind in [
            (-1, ValueError),
            (math.nan, ValueError),
            (math.inf, ValueError),
            (10**400, ValueError),
            ("5", TypeError),
            (True, TypeError),
            ([], TypeError),
        ]
    ],
    ({"initial": None}, TypeError, "initial_interval"),
    ({"exponent": 0.99}, ValueError, "exponent"),
    ({"strategy": "linear"}, ValueError, "strategy"),
    ({"strategy": ""}, ValueError, "strategy"),
    ({"strategy": None}, ValueError, "strategy"),
    ({"connections": "yes"}, TypeError, "retry_connection_errors"),
    ({"connections": 1}, TypeError, "retry_connection_errors"),
    ({"codes": ["42"]}, ValueError, "status_codes_override"),
    ({"codes": ["429", "XXX"]}, ValueError, "status_codes_override"),
    ({"codes": ["4290"]}, ValueError, "status_codes_override"),
    ({"codes": ["5YY"]}, ValueError, "status_codes_override"),
    ({"codes": [""]}, ValueError, "status_codes_override"),
    ({"codes": ["٤٢٩"]}, ValueError, "status_codes_override"),
    ({"codes": "429"}, TypeError, "status_codes_override"),
    ({"codes": 429}, TypeError, "status_codes_override"),
    ({"codes": [429]}, ValueError, "status_codes_override"),
    ({"most": -1}, ValueError, "max_retries"),
    ({"most": 1.5}, TypeError, "max_retries"),
    ({"most": True}, TypeError, "max_retries"),
    ({"most": "3"}, TypeError, "max_retries"),
]


@pytest.mark.parametrize(("parameters", "kind", "name"), BAD_SETTINGS, ids=lambda v: str(v)[:40])
def test_bad_settings(parameters: dict[str, Any], kind: type[Exception], name: str) -> None:
    with pytest.raises(kind, match=name):
        config(**parameters)


@pytest.mark.parametrize("backoff", [None, "backoff", (500, 8_000, 2.0, 30_000)])
def test_the_backoff_is_one(backoff: Any) -> None:
    with pytest.raises(TypeError, match="^backoff must be a BackoffStrategy"):
        RetryConfig("backoff", backoff, True)


@pytest.mark.parametrize(
    "parameters", [{"initial": 0, "longest": 0, "elapsed": 0}, {"exponent": 1}]
)
def test_settings_at_their_bounds(parameters: dict[str, Any]) -> None:
    assert config(**parameters) == config(**parameters)


@pytest.mark.parametrize("settings", [config(), config().backoff], ids=["config", "backoff"])
def test_settings_are_frozen(settings: Any) -> None:
    for field in dataclasses.fields(settings):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(settings, field.name, None)


def test_what_applies_where_nobody_says_otherwise() -> None:
    backoff = BackoffStrategy(500, 8_000, 2.0, 30_000)
    assert DEFAULT_RETRY_CONFIG == RetryConfig("backoff", backoff, True)


# -- which errors

DEFAULT = {408, 425, 429, *range(500, 600)}


@pytest.mark.parametrize(
    ("codes", "tried_again"),
    [
        (None, DEFAULT),
        (["429"], {429}),
        (["5XX"], set(range(500, 600))),
        (["5xx", "408"], {408, *range(500, 600)}),
        (["50X"], set(range(500, 510))),
        (["4X9"], set(range(409, 500, 10))),
        (["409"], {409}),
    ],
    ids=str,
)
def test_statuses(codes: list[str] | None, tried_again: set[int]) -> None:
    for status in range(100, 1000):
        assert config(codes=codes).retries_status(status) == (status in tried_again)
        assert not config(codes=codes, strategy="none").retries_status(status)
        waits = wait(config(codes=codes), answered(status)) is not None
        assert waits == (status in tried_again), status


def answered(status: int, **headers: str) -> MistralError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SDKError("x", status_code=status, headers=named)


def wait(
    config: RetryConfig, error: MistralError, *, tries: int = 1, elapsed: float = 0.0
) -> float | None:
    """The seconds to wait."""
    return seconds_to_wait(config, error, tries=tries, elapsed=elapsed, clock=StillClock())


NONE, NO_CONNECTIONS = config(strategy="none"), config(connections=False)
UNPROCESSABLE = HTTPValidationError("x", data=HTTPValidationErrorData(detail=[]))

# An error, and whether it is tried again by default, and if connection errors are not.
ERRORS: dict[str, tuple[MistralError, bool, bool]] = {
    "no answer": (NoResponseError("x"), True, False),
    "no whole answer": (NoResponseError("x", status_code=200), True, False),
    "no whole answer of a bad status": (NoResponseError("x", status_code=400), True, False),
    "no answer for good": (NoResponseError("x", final=True), False, False),
    "no event": (IncompleteStreamError("x", status_code=200), True, False),
    "busy": (answered(503), True, True),
    "wrong": (answered(400), False, False),
    "not allowed": (answered(401), False, False),
    "unprocessable": (UNPROCESSABLE, False, False),
    "a redirect": (answered(302), False, False),
    "wrong, but says when": (answered(400, retry_after="1"), False, False),
    "a conflict": (answered(409), False, False),
    "a conflict that passes": (answered(409, retry_after="1"), True, True),
    "a conflict that passes soon": (answered(409, retry_after_ms="5"), True, True),
    "a conflict that has passed": (answered(409, retry_after="0"), True, True),
    "a conflict, and nonsense": (answered(409, retry_after="soon"), False, False),
    "an error inside a stream": (StreamError("x", status_code=200), False, False),
    "no status": (MistralError("x"), False, False),
}


@pytest.mark.parametrize(("error", "again", "without_connections"), ERRORS.values(), ids=ERRORS)
def test_an_error(error: MistralError, again: bool, without_connections: bool) -> None:
    assert (wait(config(), error) is not None) == again
    assert (wait(NO_CONNECTIONS, error) is not None) == without_connections
    assert wait(NONE, error) is None


@pytest.mark.parametrize(("codes", "again"), [(["409"], True), (["4XX"], True), (["503"], False)])
@pytest.mark.parametrize("headers", [{}, {"retry_after": "1"}], ids=str)
def test_a_conflict_that_was_decided_on(
    headers: dict[str, str], codes: list[str], again: bool
) -> None:
    # Who names statuses has the last word, whatever the answer says.
    assert (wait(config(codes=codes), answered(409, **headers)) is not None) == again


# -- how often


def refused(cause: BaseException | None) -> MistralError:
    error = NoResponseConnectionError("x")
    error.__cause__ = cause
    return error


# An error, and how many tries there are of it in all; None: as many as the time allows.
OFTEN: dict[str, tuple[MistralError, int | None]] = {
    "refused": (refused(ConnectionRefusedError(111, "Connection refused")), 3),
    "no such name": (refused(socket.gaierror(socket.EAI_NONAME, "unknown")), 3),
    "reset": (refused(ConnectionResetError(104, "reset")), None),
    "timed out": (refused(TimeoutError("timed out")), None),
    "of an unknown cause": (refused(None), None),
    "busy": (answered(503), None),
    "final": (NoResponseError("x", final=True), 1),
}


@pytest.mark.parametrize("most", [None, 0, 1, 2, 5])
@pytest.mark.parametrize(("error", "tries"), OFTEN.values(), ids=OFTEN)
def test_how_often(error: MistralError, tries: int | None, most: int | None) -> None:
    settings = config(elapsed=10**9, most=most)
    sent = 1
    while sent < 100 and wait(settings, error, tries=sent) is not None:
        sent += 1
    assert sent == min(tries or 100, 100 if most is None else most + 1)


@pytest.mark.parametrize("value", [None, DEFAULT_RETRY_CONFIG, config(strategy="none")])
def test_what_is_a_config_already(value: RetryConfig | None) -> None:
    assert as_retry_config(value, "retries") is value


@pytest.mark.parametrize(("value", "most"), [(False, 0), (0, 0), (1, 1), (10**30, 10**30)])
def test_a_number_of_more_tries(value: int, most: int) -> None:
    expected = dataclasses.replace(DEFAULT_RETRY_CONFIG, max_retries=most)
    assert as_retry_config(value, "retries") == expected


# -- how long

# The settings, what was asked for, and the waits after the first tries, in seconds.
WAITS: dict[str, tuple[dict[str, Any], dict[str, str], list[float]]] = {
    "doubling": ({}, {}, [0.1, 0.2, 0.4, 0.8]),
    "constant": ({"exponent": 1}, {}, [0.1, 0.1, 0.1]),
    "at most so long": ({"longest": 250}, {}, [0.1, 0.2, 0.25, 0.25]),
    "jitter": ({"jitter": 50}, {}, [0.15, 0.25]),
    "the default jitter": ({"jitter": None}, {}, [1.1, 1.2]),
    "at most so long, with jitter": ({"jitter": 50, "longest": 120}, {}, [0.12, 0.12]),
    "no waits": ({"initial": 0}, {}, [0, 0]),
    "seconds asked for": ({}, {"retry_after": "7"}, [7, 7, 7]),
    "longer than the longest": ({}, {"retry_after": "20"}, [20]),
    "shorter than the shortest": ({}, {"retry_after_ms": "7"}, [0.007]),
    "milliseconds asked for": ({}, {"retry_after_ms": "70", "retry_after": "7"}, [0.07]),
    # A server that has nothing against it at once says nothing of how busy it is.
    "no seconds asked for": ({}, {"retry_after": "0"}, [0.1, 0.2, 0.4]),
    "no milliseconds asked for": ({}, {"retry_after_ms": "0"}, [0.1, 0.2]),
    "asked for nonsense": ({}, {"retry_after": "soon"}, [0.1, 0.2]),
}  # fmt: skip


@pytest.mark.parametrize(("settings", "headers", "waits"), WAITS.values(), ids=WAITS)
def test_waits(settings: dict[str, Any], headers: dict[str, str], waits: list[float]) -> None:
    error = answered(429, **headers)
    for tries, seconds in enumerate(waits, 1):
        assert wait(config(**settings), error, tries=tries) == pytest.approx(seconds)


@pytest.mark.parametrize(("jitter", "bounds"), [(None, (0, 1000)), (0, (0, 0)), (30, (0, 30))])
def test_the_bounds_of_the_jitter(
    jitter: int | None, bounds: tuple[int, int], jitters: list[tuple[float, float]]
) -> None:
    wait(config(jitter=jitter), answered(503))
    assert jitters == [bounds]


# What has passed of how much, the wait asked for, and whether there is another try.
UP: list[tuple[float, float, dict[str, str], bool]] = [
    (0, 60_000, {}, True),
    (59.9, 60_000, {}, True),
    (59.91, 60_000, {}, False),
    (100, 60_000, {}, False),
    (0, 0, {}, False),
    (0, 99, {}, False),
    (0, 100, {}, True),
    (0, 60_000, {"retry_after": "60"}, True),
    (0, 60_000, {"retry_after": "61"}, False),
    (50, 60_000, {"retry_after": "10"}, True),
    (50.1, 60_000, {"retry_after": "10"}, False),
    (0, 60_000, {"retry_after": "3600"}, False),
]


@pytest.mark.parametrize(("elapsed", "most", "headers", "again"), UP)
def test_time_is_up(elapsed: float, most: float, headers: dict[str, str], again: bool) -> None:
    error = answered(429, **headers)
    assert (wait(config(elapsed=most), error, elapsed=elapsed) is not None) == again


@pytest.mark.parametrize("exponent", [1.5, 2.0, 1e18, 2, 10**6], ids=str)
def test_a_wait_that_grows_beyond_all_numbers(exponent: float) -> None:
    # Many tries with short waits: the power is past every float long before they end.
    for tries in (1, 2, 50, 1100, 2500):
        seconds = wait(config(exponent=exponent, longest=150), answered(503), tries=tries)
        assert seconds == pytest.approx(0.1 if tries == 1 else 0.15)


def test_any_wait_is_one_that_a_clock_can_wait() -> None:
    random_ = random.Random(2)
    for _ in range(3000):
        settings = config(
            initial=random_.choice([0, 1, 500, 10**12]),
            longest=random_.choice([0, 1, 8000, 10**12]),
            exponent=random_.choice([1, 1.1, 2.0, 1e18]),
            elapsed=10**18,
            jitter=random_.choice([None, 0, 1, 10**9]),
        )
        seconds = wait(settings, answered(503), tries=random_.choice([1, 2, 9, 400, 5000]))
        assert seconds is not None and math.isfinite(seconds)
        assert 0 <= seconds <= settings.backoff.max_interval / 1000


# -- Retry-After

NOW = StillClock().time()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "5"}, 5),
        ({"retry-after": " 5 "}, 5),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "1.5"}, 1.5),
        ({"Retry-After": "0.5"}, 0.5),
        ({"retry-after": "1."}, None),
        ({"retry-after": ".5"}, None),
        ({"retry-after": "1.5.5"}, None),
        ({"retry-after": "1,5"}, None),
        ({"retry-after": "1_0"}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "0." + "3" * 15}, 0.333333333333333),
        ({"retry-after": "0." + "3" * 16}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1e3"}, None),
        ({"retry-after": "9" * 15}, 10**15 - 1),
        ({"retry-after": "9" * 16}, None),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Infinity"}, None),
        ({"retry-after": "Fri, 99 Foo 2099 99:99:99 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 +9999999999"}, None),
        ({"retry-after": "Fri, 31 Feb 2099 07:28:00 GMT"}, None),
        ({"retry-after": formatdate(NOW + 3600, usegmt=True)}, 3600),
        ({"retry-after": formatdate(NOW + 1, usegmt=True)}, 1),
        ({"retry-after": formatdate(NOW, usegmt=True)}, 0),
        ({"retry-after": formatdate(NOW - 3600, usegmt=True)}, 0),
        ({"retry-after": "Sun Nov  6 08:49:37 1994"}, 0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"Retry-After-Ms": "123.4"}, 0.1234),
        ({"retry-after-ms": "1e9"}, None),
        ({"retry-after-ms": "0", "retry-after": "9"}, 0),
        ({"retry-after-ms": "x", "retry-after": "9"}, 9),
        ({"retry-after-ms": "9" * 16}, None),
        ({"retry-after-ms": "", "retry-after": ""}, None),
    ],
    ids=str,
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    asked = retry_after(headers, StillClock())
    assert asked == (None if seconds is None else pytest.approx(seconds))


def test_any_retry_after_is_understood_or_ignored() -> None:
    random_ = random.Random(9)
    words = [
        "Wed",
        ",",
        "21",
        "Oct",
        "2015",
        "07:28",
        "07:28:00",
        ":",
        "GMT",
        "+0100",
        "-",
        "(",
        ")",
    ]
    words += [
        "-0000",
        "99999999999999999999",
        "a",
        ".",
        "..",
        "0",
        "\x00",
        "é",
        "+",
        "EST",
        "12.30",
    ]
    for _ in range(20_000):
        glue = random_.choice([" ", "", "-", ","])
        value = glue.join(random_.choices(words, k=random_.randint(1, 7)))
        asked = retry_after({"retry-after": value, "retry-after-ms": value}, StillClock())
        assert asked is None or asked >= 0


# -- the clock


def test_a_clock_is_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "monotonic", lambda: 12.5)
    monkeypatch.setattr(time, "time", lambda: 1e9)
    monkeypatch.setattr(time, "sleep", slept.append)
    clock = Clock()
    assert (clock.monotonic(), clock.time()) == (12.5, 1e9)
    clock.sleep(3.5)
    assert slept == [3.5]


def test_a_clock_of_asyncios() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        called: list[float] = []
        call_later = loop.call_later

        def at_once(delay: float, *arguments: Any, **named: Any) -> Any:
            called.append(delay)
            return call_later(0, *arguments, **named)

        loop.call_later = at_once  # type: ignore[method-assign, assignment]
        await Clock().sleep_async(3.5)
        assert called == [3.5]

    asyncio.run(main())
