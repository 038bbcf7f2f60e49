"""Every difference in the list is a real one, and the only one that covers its example."""

from __future__ import annotations

import pytest

from tests.interop.mistral_common_request.comparison import compare
from tests.interop.mistral_common_request.differences import DIFFERENCES, check

# mistral_common warns of what it is going to change.
pytestmark = pytest.mark.filterwarnings(r"ignore:.* in 1\.13\.0")


def test_the_two_disagree_about_each_example() -> None:
    for difference in DIFFERENCES:
        what, document = difference.example
        found = [one for one in compare(what, document) if difference.matches(one)]
        assert found, difference.reason
        check(what, document)
        others = [other for other in DIFFERENCES if other is not difference]
        assert not all(any(other.matches(one) for other in others) for one in found), difference
