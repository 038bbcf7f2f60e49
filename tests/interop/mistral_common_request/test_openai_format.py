"""OpenAI's format, written and read by both."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, strategies as st

from tests.interop.mistral_common_request.comparison import PAIRS
from tests.interop.mistral_common_request.differences import check
from tests.interop.mistral_common_request.test_reading import THEIRS
from tests.published.strategies import VALUES

# mistral_common warns of what it is going to change.
pytestmark = pytest.mark.filterwarnings(r"ignore:.* in 1\.13\.0")

# InstructRequest has none of its own any more: the documented examples show ours.
WRITTEN = [of for of in THEIRS if hasattr(PAIRS[of][1], "to_openai")]


@pytest.mark.parametrize("of", WRITTEN)
@given(data=st.data())
def test_a_document_there_and_back(of: str, data: st.DataObject) -> None:
    document = data.draw(THEIRS[of])
    theirs = PAIRS[of][1]
    try:
        written = theirs.model_validate(copy.deepcopy(document)).to_openai()
    except Exception:
        return  # the schema allows it, their code does not
    check(f"to_openai {of}", (document, {}))
    check(f"from_openai {of}", written)


SAID = [{"role": "user", "content": "Hi"}]
NAMES = ("n", "stream", "user", "seed", "stop", "random_seed", "tools", "messages", "role", "zzz")


def test_the_arguments_of_a_request() -> None:
    for name in NAMES:
        for value in VALUES:
            check("to_openai ChatCompletionRequest", ({"messages": SAID}, {name: value}))
            check("from_openai ChatCompletionRequest", {"messages": SAID, name: value})


TEXT = {"type": "text", "text": "Hi"}
THINKING = {"type": "thinking", "thinking": "Hm.", "closed": True}
THOUGHTS = [
    {"role": "assistant", "content": content, **thought}
    for content in (None, "Hi", [], [TEXT], [THINKING])
    for thought in (
        {"reasoning": "Hm."},
        {"reasoning_content": "Hm.", "reasoning": None},
        {"reasoning": "Hm.", "reasoning_content": "Hm."},
        {"reasoning": "Hm.", "reasoning_content": ""},
    )
]


def test_thoughts_and_roles() -> None:
    for message in (*THOUGHTS, {"role": "developer", "content": "Hi"}):
        check("convert messages", [message])
