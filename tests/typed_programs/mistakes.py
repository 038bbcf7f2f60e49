"""Mistakes that a type checker must find; an unused ignore is an error as well."""

from dataclasses import dataclass

import mistral_proto as m


@dataclass
class Book:
    title: str


def add(a: int) -> int:
    return a


def a_request(hi: m.UserMessage) -> None:
    m.UserMessage(contents="Hi")  # type: ignore[call-arg]
    m.UserMessage("Hi")  # type: ignore[call-arg, arg-type]
    m.UserMessage(content=3)  # type: ignore[arg-type]
    m.UserMessage(role="assistant", content="Hi")  # type: ignore[arg-type]
    m.UserMessage(content=[m.TextChunk(text=3)])  # type: ignore[arg-type]
    m.ChatCompletionRequest(model="m")  # type: ignore[call-arg]
    m.ChatCompletionRequest(messages=[hi], temperature="high")  # type: ignore[arg-type]
    m.ChatCompletionRequest(messages=["Hi"])  # type: ignore[list-item]
    m.ChatCompletionRequest.from_dict([hi])  # type: ignore[arg-type]
    hi.content = "Bye"  # type: ignore[misc]


def an_answer(res: m.ChatCompletionResponse, history: list[m.AssistantMessage]) -> None:
    res.choice  # type: ignore[attr-defined]
    res.choices[0].message.parsed  # type: ignore[attr-defined]
    res.choices[0].message.content.upper()  # type: ignore[union-attr]
    res.choices[0].delta  # type: ignore[attr-defined]
    history.append(res.choices[0])  # type: ignore[arg-type]


def a_call(mistral: m.Mistral, hi: m.UserMessage) -> None:
    mistral.chat.complete(messages=[hi])  # type: ignore[call-overload]
    mistral.chat.complete(model="m", messages="Hi")  # type: ignore[arg-type]
    mistral.chat.complete(model="m", messages=[hi], max_tokns=1)  # type: ignore[call-overload]
    mistral.chat.complete(model="m", messages=[hi], max_tokens="1")  # type: ignore[call-overload]
    mistral.chat.parse(Book, model="m", messages=[hi]).choices[0].message.parsed.title  # type: ignore[union-attr]
    mistral.chat.complete(model="m", messages=[hi], timeout_ms="5")  # type: ignore[call-overload]
    mistral.chat.parse(Book("Emma"), model="m", messages=[hi])  # type: ignore[arg-type]
    mistral.chat.parse(Book, model="m", messages=[hi], temprature=1)  # type: ignore[call-arg]
    mistral.chat.run_tools(model="m", messages=[hi])  # type: ignore[call-arg]
    mistral.chat.run_tools(model="m", messages=[hi], tools=[3])  # type: ignore[list-item]
    iter(mistral.chat.stream_async(model="m", messages=[hi]))  # type: ignore[call-overload]
    with mistral.chat.stream(model="m", messages=[hi]) as events:
        for event in events:
            event.choices  # type: ignore[attr-defined]


def a_tool() -> None:
    m.Tool.from_function("add")  # type: ignore[arg-type]
    m.Tool.from_function(add).call(a=1)  # type: ignore[call-arg]
    m.Tool.from_function(add).call("{}").upper()  # type: ignore[attr-defined]
