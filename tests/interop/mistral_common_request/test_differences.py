"""Every difference in the list is a real one."""

from __future__ import annotations

import pytest

from tests.interop.mistral_common_request.comparison import COMPARISONS
from tests.interop.mistral_common_request.differences import (
    DIFFERENCES,
    Difference,
    unexplained,
)

each_difference = pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda it: it.reason)


@each_difference
def test_the_two_disagree_about_the_example(difference: Difference) -> None:
    what, of, document = difference.example
    found = COMPARISONS[what](of, document)
    assert any(difference.matches(each) for each in found), found
    assert unexplained(found) == []


@each_difference
def test_nothing_else_in_the_list_is_the_same(difference: Difference) -> None:
    what, of, document = difference.example
    found = [each for each in COMPARISONS[what](of, document) if difference.matches(each)]
    others = [other for other in DIFFERENCES if other is not difference]
    assert not all(any(other.matches(each) for other in others) for each in found)


def test_no_reason_is_given_twice() -> None:
    reasons = [difference.reason for difference in DIFFERENCES]
    assert len(set(reasons)) == len(reasons)
