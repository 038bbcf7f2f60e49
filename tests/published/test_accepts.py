"""What a published schema accepts, the type accepts and gives back."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tests.published.comparison import changes
from tests.published.schemas import IMPLEMENTED, Schemas
from tests.published.strategies import documents


@pytest.mark.parametrize("name", IMPLEMENTED)
@given(data=st.data())
def test_a_document_is_accepted_and_comes_back(
    name: str, read_schemas: Schemas, data: st.DataObject
) -> None:
    schema = read_schemas[name]
    document = data.draw(documents(schema))
    assert read_schemas.accepts(name, document), "the generator made no valid document"
    value = IMPLEMENTED[name].from_dict(document)
    assert changes(schema, document, value.to_dict()) == []
    assert IMPLEMENTED[name].from_json(value.to_json()) == value
    if name in read_schemas.reached_from("ChatCompletionRequest"):
        # Of what only the server sends, strict reading refuses what the types do not know.
        assert IMPLEMENTED[name].from_dict(document, strict=True) == value
