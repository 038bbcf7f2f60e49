"""Programs for the SDK have the same output with ours, but for a table of differences."""

from __future__ import annotations

import pytest

import mistral_proto
from tests.sdk_programs.running import PROGRAMS, expected, printed

PACKAGES = ["mistralai", mistral_proto.__name__]

# Programs that version 3 of the SDK can not run.
EARLIER = {"paths_of_version_1"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program(name: str) -> None:
    for package in PACKAGES:
        if package != "mistralai" or name not in EARLIER:
            assert printed(PROGRAMS[name], package) == expected(PROGRAMS[name])


BEGIN = """
import logging, os, httpx2
from mistralai.client import Mistral, errors, models
from mistralai.extra import response_format_from_pydantic_model as format_of
from pydantic import BaseModel

key, server_url = os.environ["MISTRAL_API_KEY"], os.environ["SERVER_URL"]
client = Mistral(api_key=key, server_url=server_url)
message = models.UserMessage(content="Hi")

def ask(client=client, model="m", messages=[message], **parameters):
    return client.chat.complete(model=model, messages=messages, **parameters)

def answer(**parameters):
    return ask(**parameters).choices[0].message

class Book(BaseModel):
    title: str
"""

# The output, or the exception, with the SDK and with ours; and the reason.
DIFFERENT: dict[str, tuple[str, str, str]] = {
    """print(str(ask())[:5])""": ("id='c", "ChatC", "an answer is shown as the dataclass it is"),
    """
try: ask(model="status 400")
except errors.SDKError as e: print(str(e)[:30])""": (
        "API error occurred: Status 400", "400 Bad Request: Invalid model",
        "a message is a line for people; the body is in `body`",
    ),
    """
try: ask(temperature=9)
except errors.HTTPValidationError as e: print(e.status_code)""": (
        "422", "ValidationError", "a value that the API refuses is not sent",
    ),
    """print(answer(messages=[{"role": "user", "content": "Hi", "timestamp": 1}]).content)""": (
        "You said: Hi", "ValidationError", "dropped only by a client with extra_fields='drop'",
    ),
    """print(models.UserMessage(content="Hi", timestamp=1).content)""": (
        "Hi", "ValidationError", "a misspelt field is an error",
    ),
    """print(answer(max_tokens="2").content)""": (
        "You said:", "ValidationError", "types are strict",
    ),
    """print(bool(Mistral(debug_logger=logging.getLogger("a"))))""": (
        "True", "TypeError", "the logger is named for the package",
    ),
    """print(Mistral(server="eu").sdk_configuration.get_server_details()[0])""": (
        "https://api.eu.mistral.ai", "TypeError", "a server is given by its URL",
    ),
    """print(client.sdk_configuration.security.api_key == key)""": (
        "True", "AttributeError", "a client does not show its key",
    ),
    """
try: ask(server_url="http://127.0.0.1:9")
except httpx2.ConnectError: print("not connected")""": (
        "not connected", "NoResponseConnectionError", "ours are errors of Python, without httpx",
    ),
    """message.content = "Ho"; print(message.content)""": (
        "Ho", "FrozenInstanceError", "instances are immutable: dataclasses.replace",
    ),
    """print(isinstance(message, BaseModel), "content" in type(message).model_fields)""": (
        "True True", "AttributeError", "they are dataclasses",
    ),
    """print(ask().model_dump(exclude={"id"}).get("id") is None)""": (
        "True", "False", "model_dump is to_dict, which takes no arguments",
    ),
    """print(answer().model_dump())""": (
        "{'role': 'assistant', 'content': 'You said: Hi', 'prefix': False}",
        "{'role': 'assistant', 'content': 'You said: Hi'}", "a default that was not given is not written",
    ),
    """print(format_of(Book)["type"])""": (
        "json_schema", "TypeError", "a ResponseFormat, as version 1 of the SDK has it",
    ),
    """print(len(client.models.list().data))""": ("2", "NotChatError", "only chat is here"),
}  # fmt: skip


def outcome(statements: str, package: str) -> str:
    """Return the output of statements, or the name of their exception."""
    try:
        return printed(BEGIN + statements, package).strip()
    except Exception as error:
        return type(error).__name__


def test_differences() -> None:
    for statements, (theirs, ours, _) in DIFFERENT.items():
        assert [outcome(statements, package) for package in PACKAGES] == [theirs, ours]
