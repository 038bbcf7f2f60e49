"""Every name of the SDK's chat modules is here at its path, or in a table of missing names."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

from mistralai.client import models

FOLDER = Path(str(models.__file__)).parent
FIRST = ("chatcompletionrequest", "chatcompletionstreamrequest", "chatcompletionresponse")

LEFT_OUT = {
    "client.models.customconnector": {
        "UnknownCustomConnectorAuthorization": "only requests have one, and they have no unknown one",
    },
    "client.errors": {
        "ObservabilityError": "of an API that is not here",
        "ObservabilityErrorData": "of an API that is not here",
    },
    "client.types": {
        "Base64EncodedString": "for OCR",
        "Base64FileInput": "for OCR",
        "BaseModel": "pydantic's: our types have their own base",
        "UnrecognizedInt": "no field of chat has one",
        "UnrecognizedStr": "a string that is not known is a plain one",
        "UNSET_SENTINEL": "for the SDK's own serializers",
    },
    "extra": {"CustomPydanticModel": "a type variable: annotations have their own"},
}


def of_the_models() -> dict[str, list[str]]:
    """Return the public names of each module of the models of chat."""
    found: dict[str, list[str]] = {}
    waiting = [*FIRST, "completionevent"]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        names = found[module] = []
        for node in ast.parse((FOLDER / f"{module}.py").read_text("utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
                waiting.append(node.module)
            elif isinstance(node, ast.ClassDef):
                names.append(node.name)
            elif isinstance(node, ast.Assign):
                names += [one.id for one in node.targets if isinstance(one, ast.Name)]
    return {
        f"client.models.{module}": [name for name in names if not name.startswith("_")]
        for module, names in found.items()
    }


def test_every_name_of_chat_is_here_or_left_out_for_a_reason() -> None:
    named = of_the_models()
    assert len(named) > 50
    for module in ("client.errors", "client.types"):
        named[module] = importlib.import_module(f"mistralai.{module}").__all__
    named["extra"] = [
        "CustomPydanticModel",
        "ParsedChatCompletionResponse",
        "convert_to_parsed_chat_completion_response",
        "response_format_from_pydantic_model",
    ]
    missing = {}
    for path, names in named.items():
        ours = importlib.import_module(f"mistral_proto.{path}")
        if lacks := {name for name in names if not hasattr(ours, name)}:
            missing[path] = lacks
    assert missing == {path: {*names} for path, names in LEFT_OUT.items()}
