"""The events in the bytes of an answer, and the ways to iterate them."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_proto import ValidationError
from mistral_proto.client.events import EventReader
from mistral_proto.client.stream import EventStream
from mistral_proto.testing import Fault, MockServer
from tests.client.doubles import CALLS, STREAMS, client as double_client, double_for, streamed
from tests.client.support import DONE, HI, client, piece


class Refused(Exception):
    pass


class Answer:
    """Says what the reader would raise."""

    n = 1

    def stream_error(self, data: str, partial: object) -> Refused:
        return Refused("an error")

    def incomplete(self, how: str, partial: object) -> Refused:
        return Refused(how)

    def refuse(self, what: str, data: str, cause: ValidationError) -> None:
        raise Refused(*[problem.type for problem in cause.problems])


def data(text: str, event: str = "message") -> bytes:
    return f"event: {event}\ndata: {text}\n\n".encode()


PLAIN = piece("a").decode()[6:-2]
# The bytes, the texts of the events in them, and what is raised behind these.
READ: dict[str, tuple[bytes, list[str], str | None]] = {
    "nothing": (b"", [], None),
    "nothing counts after the end": (piece("a") + DONE + piece("b"), ["a"], None),
    "no data": (b"data:\n\n" + piece("a"), ["a"], None),
    "space around": (data(f" {PLAIN} ") + data(f"{PLAIN}  "), ["a", "a"], None),
    "more behind": (data(f"{PLAIN} {{}}"), [], "json_invalid"),
    "of another kind": (data(PLAIN, "completion"), ["a"], None),
    "an error by its kind": (piece("a") + data(PLAIN, "error"), ["a"], "an error"),
    "an error by its field": (piece("a") + data('{"error": {}}'), ["a"], "an error"),
    "an error by its object": (data('{"object": "error"}'), [], "an error"),
    "no JSON": (piece("a") + data("rubbish"), ["a"], "json_invalid"),
    "no object": (data("[1]") + piece("a"), [], "dict_type"),
    "no completion": (piece("a") + data('{"choices": 2}'), ["a"], "list_type"),
}


@pytest.mark.parametrize(("stream", "texts", "raised"), READ.values(), ids=READ)
def test_what_is_read(stream: bytes, texts: list[str], raised: str | None) -> None:
    reader = EventReader(Answer())  # type: ignore[arg-type]
    found: list[str] = []
    why = None
    try:
        for event in reader.feed(stream):
            found.append(event.data.choices[0].delta.text)
    except Refused as error:
        [why] = error.args
    assert (found, why) == (texts, raised)
    response: Any = reader.gathered.response()
    assert (response and response.choices[0].message.text) == ("".join(texts) or None)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize(("n", "text"), [(None, "Bonjour"), (1, "Bonjour"), (2, "Bon")])
def test_an_index_that_counts_up_is_one_choice_where_one_was_asked_for(
    name: str, n: int | None, text: str
) -> None:
    steps = [piece("Bon"), piece("jo", index=1), piece("ur", "stop", index=2), DONE]
    assert CALLS[name](double_client(double_for(name, streamed(*steps))), n=n) == text


@pytest.mark.parametrize(("n", "texts"), [(None, ["Bonjour"]), (2, ["Bon", "jour"])])
def test_what_was_asked_for_is_gathered(n: int | None, texts: list[str]) -> None:
    steps = [piece("Bon", "stop"), piece("jour", "stop", index=1), DONE]
    mistral = double_client(double_for("stream", streamed(*steps)))
    response = mistral.chat.stream(model="m", messages=HI, n=n).until_done()
    assert [choice.message.text for choice in response.choices] == texts


def begun(server: MockServer) -> EventStream:
    return client(server).chat.stream(model="m", messages=HI)


def test_a_loop_ends_where_the_stream_is_closed_in_it() -> None:
    with MockServer(["Bonjour le monde"]) as server, begun(server) as events:
        seen = 0
        for _ in events:
            seen += 1
            events.close()
        assert seen == 1
        assert list(events) == []
        assert next(events, None) is None


def test_a_stream_can_be_iterated_in_turns() -> None:
    with MockServer(["Bonjour le monde"]) as server, begun(server) as events:
        first = next(events)
        second = next(iter(events))
        texts = [event.data.choices[0].delta.text for event in (first, second, *events)]
    assert "".join(texts) == "Bonjour le monde"


def test_a_loop_that_is_left_leaves_the_rest() -> None:
    with MockServer([Fault.stall_stream]) as server, begun(server) as events:
        for event in events:
            break
        assert next(events).data.id == event.data.id
