"""When a call is tried again, and how long it waits: by a clock that the test turns."""

from __future__ import annotations

import random
import time
from email.utils import formatdate
from typing import Any

import pytest

from mistral_proto import BackoffStrategy, NoResponseError, RetryConfig
from mistral_proto.retry import retry_after, with_retries


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
) -> RetryConfig:
    backoff: Any = (initial, longest, exponent, elapsed, jitter)
    return RetryConfig(strategy, BackoffStrategy(*backoff), connections, codes)


class Answer:
    def __init__(self, status: int, **headers: str) -> None:
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


class World:
    """Answers to give in turn, and a clock that stands still but for the waits."""

    def __init__(self, *answers: Answer | Exception, latency: float = 0.0) -> None:
        self.answers = list(answers)
        self.waits: list[float] = []
        self.now = 1000.0
        self.tries = 0
        self.latency = latency
        self.jitters: list[tuple[float, float]] = []

    def attempt(self) -> Answer:
        self.now += self.latency
        answer = self.answers[min(self.tries, len(self.answers) - 1)]
        self.tries += 1
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def uniform(self, low: float, high: float) -> float:
        self.jitters.append((low, high))
        return float(high)

    def run(self, config: RetryConfig | None) -> Answer:
        return with_retries(
            self.attempt, config, sleep=self.sleep, clock=lambda: self.now, uniform=self.uniform
        )


BAD_BACKOFFS: list[tuple[dict[str, Any], str]] = [
    ({"initial": -1}, "initial_interval must be at least 0, not -1"),
    ({"longest": -1}, "max_interval must be at least 0, not -1"),
    ({"elapsed": -1}, "max_elapsed_time must be at least 0, not -1"),
    ({"jitter": -1}, "jitter_ms must be at least 0, not -1"),
    ({"exponent": 0.99}, "exponent must be at least 1, not 0.99"),
    ({"exponent": 0}, "exponent must be at least 1, not 0"),
    ({"strategy": "linear"}, "strategy must be 'backoff' or 'none', not 'linear'"),
    ({"strategy": ""}, "strategy must be 'backoff' or 'none', not ''"),
    ({"codes": ["42"]}, "a status code must be like '429' or '5XX', not '42'"),
    ({"codes": ["429", "XXX"]}, "a status code must be like '429' or '5XX', not 'XXX'"),
    ({"codes": ["4290"]}, "a status code must be like '429' or '5XX', not '4290'"),
    ({"codes": ["5YY"]}, "a status code must be like '429' or '5XX', not '5YY'"),
    ({"codes": [""]}, "a status code must be like '429' or '5XX', not ''"),
    ({"codes": "429"}, "a status code must be like '429' or '5XX', not '4'"),
]


@pytest.mark.parametrize(("parameters", "message"), BAD_BACKOFFS)
def test_bad_settings(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        config(**parameters)


@pytest.mark.parametrize("exponent", [float("nan"), float("inf")])
def test_the_exponent_is_a_number(exponent: float) -> None:
    # Zero times infinity, as any sum with it, is no time that one could wait.
    with pytest.raises(ValueError, match="exponent"):
        config(initial=0, exponent=exponent)


@pytest.mark.parametrize(
    "parameters", [{"initial": 0, "longest": 0, "elapsed": 0}, {"exponent": 1}]
)
def test_settings_at_their_bounds(parameters: dict[str, Any]) -> None:
    assert config(**parameters) == config(**parameters)


DEFAULT = {429, 500, 502, 503, 504}


@pytest.mark.parametrize(
    ("codes", "tried_again"),
    [
        (None, DEFAULT),
        (["429"], {429}),
        (["5XX"], set(range(500, 600))),
        (["5xx", "408"], {408, *range(500, 600)}),
        (["50X"], set(range(500, 510))),
        (["4X9"], set(range(409, 500, 10))),
    ],
)
def test_statuses(codes: list[str] | None, tried_again: set[int]) -> None:
    for status in range(100, 1000):
        assert config(codes=codes).retries_status(status) == (status in tried_again)
        assert not config(codes=codes, strategy="none").retries_status(status)
        world = World(Answer(status), Answer(200))
        answer = world.run(config(codes=codes))
        assert (answer.status, world.tries) == ((200, 2) if status in tried_again else (status, 1))


# The answers, the settings, the waits between them in seconds, and the number of tries.
def busy(count: int) -> list[Answer | Exception]:
    return [*[Answer(503) for _ in range(count)], Answer(200)]


WAITS: dict[str, tuple[list[Answer | Exception], dict[str, Any], list[float]]] = {
    "success at once": (busy(0), {}, []),
    "doubling": (busy(4), {}, [0.1, 0.2, 0.4, 0.8]),
    "constant": (busy(3), {"exponent": 1}, [0.1, 0.1, 0.1]),
    "at most so long": (busy(4), {"longest": 250}, [0.1, 0.2, 0.25, 0.25]),
    "jitter": (busy(2), {"jitter": 50}, [0.15, 0.25]),
    "the default jitter": (busy(2), {"jitter": None}, [1.1, 1.2]),
    "at most so long, with jitter": (busy(2), {"jitter": 50, "longest": 120}, [0.12, 0.12]),
    "no waits": (busy(2), {"initial": 0}, [0, 0]),
    "seconds asked for": ([Answer(429, retry_after="7"), Answer(200)], {}, [7]),
    "no seconds asked for": ([Answer(429, retry_after="0"), Answer(200)], {}, [0]),
    "longer than the longest": ([Answer(503, retry_after="20"), Answer(200)], {}, [20]),
    "milliseconds asked for": (
        [Answer(503, retry_after_ms="70", retry_after="7"), Answer(200)], {}, [0.07],
    ),
    "asked for once": ([Answer(503), Answer(503, retry_after="1"), *busy(1)], {}, [0.1, 1, 0.4]),
    "asked for nonsense": ([Answer(503, retry_after="soon"), Answer(200)], {}, [0.1]),
    "no connection": ([NoResponseError("x"), NoResponseError("x"), Answer(200)], {}, [0.1, 0.2]),
    "both": ([NoResponseError("x"), Answer(503), Answer(200)], {}, [0.1, 0.2]),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "settings", "waits"), WAITS.values(), ids=WAITS)
def test_waits(
    answers: list[Answer | Exception], settings: dict[str, Any], waits: list[float]
) -> None:
    world = World(*answers)
    answer = world.run(config(**settings))
    assert answer.status == 200
    assert world.waits == pytest.approx(waits)
    assert world.tries == len(waits) + 1
    # Each answer but the last is closed, exactly once, before the next try.
    assert [a.closed for a in answers if isinstance(a, Answer)][:-1] == [
        1 for a in answers[:-1] if isinstance(a, Answer)
    ]
    assert answer.closed == 0


@pytest.mark.parametrize(("jitter", "bounds"), [(None, (0, 1000)), (0, (0, 0)), (30, (0, 30))])
def test_the_bounds_of_the_jitter(jitter: int | None, bounds: tuple[int, int]) -> None:
    world = World(*busy(1))
    world.run(config(jitter=jitter))
    assert world.jitters == [bounds]


def test_the_jitter_is_random_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: high / 2)
    world = World(*busy(1))
    with_retries(world.attempt, config(jitter=100), sleep=world.sleep, clock=lambda: world.now)
    assert world.waits == pytest.approx([0.15])


def test_time_is_up() -> None:
    # Waits of 0.1, 0.2, 0.4 …: the fourth would end after 1.4 seconds.
    world = World(Answer(503))
    answer = world.run(config(elapsed=1400))
    assert world.waits == pytest.approx([0.1, 0.2, 0.4])
    assert (answer.status, world.tries) == (503, 4)
    assert answer.closed == 3  # by the three tries that came before, not by the last


def test_the_tries_themselves_take_time() -> None:
    world = World(Answer(503), latency=0.5)
    world.run(config(elapsed=1000))
    assert world.tries == 2


def test_time_is_up_without_an_answer() -> None:
    errors = [NoResponseError(str(number)) for number in range(9)]
    world = World(*errors)
    with pytest.raises(NoResponseError) as caught:
        world.run(config(elapsed=0))
    assert caught.value is errors[0]
    world = World(*errors)
    with pytest.raises(NoResponseError) as caught:
        world.run(config(elapsed=350))
    assert caught.value is errors[2]


def test_a_server_that_asks_for_too_long() -> None:
    world = World(Answer(429, retry_after="3600"))
    assert world.run(config()).status == 429
    assert world.waits == []


@pytest.mark.parametrize("settings", [None, config(strategy="none"), config(connections=False)])
def test_a_failed_connection_is_final(settings: RetryConfig | None) -> None:
    world = World(NoResponseError("x"), Answer(200))
    with pytest.raises(NoResponseError):
        world.run(settings)
    assert (world.tries, world.waits) == (1, [])


@pytest.mark.parametrize("settings", [None, config(strategy="none")])
def test_an_answer_is_final(settings: RetryConfig | None) -> None:
    world = World(Answer(503), Answer(200))
    assert world.run(settings).status == 503
    assert world.tries == 1


def test_other_errors_are_not_tried_again() -> None:
    world = World(ZeroDivisionError(), Answer(200))
    with pytest.raises(ZeroDivisionError):
        world.run(config())


@pytest.mark.parametrize("exponent", [1.5, 2.0, 1e300, 2, 10**6], ids=str)
@pytest.mark.parametrize("error", [False, True])
def test_a_wait_that_grows_beyond_all_numbers(exponent: float, error: bool) -> None:
    # Many tries with short waits: the power is past every float long before they end.
    last = 2500
    answers: list[Answer | Exception] = [
        NoResponseError("x") if error else Answer(503) for _ in range(last)
    ]
    world = World(*answers, Answer(200))
    world.run(config(exponent=exponent, longest=1))
    assert world.waits == pytest.approx([0.001] * last)


# -- Retry-After

NOW = time.time()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "5"}, 5),
        ({"retry-after": " 5 "}, 5),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1e3"}, None),
        ({"retry-after": "9" * 15}, 10**15 - 1),
        ({"retry-after": "9" * 16}, None),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Fri, 99 Foo 2099 99:99:99 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 +9999999999"}, None),
        ({"retry-after": formatdate(NOW + 3600, usegmt=True)}, 3600),
        ({"retry-after": formatdate(NOW - 3600, usegmt=True)}, 0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "0", "retry-after": "9"}, 0),
        ({"retry-after-ms": "x", "retry-after": "9"}, 9),
        ({"retry-after-ms": "9" * 16}, None),
        ({"retry-after-ms": "", "retry-after": ""}, None),
    ],
    ids=str,
)
def test_retry_after(
    headers: dict[str, str], seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: NOW)
    asked = retry_after(headers)
    if seconds is None:
        assert asked is None
    else:
        assert asked == pytest.approx(seconds, abs=1)


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
        asked = retry_after({"retry-after": value, "retry-after-ms": value})
        assert asked is None or asked >= 0
