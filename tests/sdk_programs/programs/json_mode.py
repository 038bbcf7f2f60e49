"""JSON mode, and a JSON schema.

{'said': 'The best French cheese?'}
{'name': 'example', 'authors': []}
book True ['name']
{'name': 'example', 'authors': []}
"""

import json
import os

from mistralai.client import Mistral, models

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "authors": {"type": "array"}},
    "required": ["name"],
    "additionalProperties": False,
}
client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"])


def ask(content, form):
    messages = [{"role": "user", "content": content}]
    res = client.chat.complete(
        model="mistral-large-latest", messages=messages, response_format=form
    )
    return json.loads(res.choices[0].message.content)


print(ask("The best French cheese?", {"type": "json_object"}))
schema = {"schema": SCHEMA, "name": "book", "strict": True}
print(ask("A book?", {"type": "json_schema", "json_schema": schema}))
typed = models.JSONSchema(name="book", schema_definition=SCHEMA, strict=True)
print(typed.name, typed.strict, typed.schema_definition["required"])
print(ask("A book?", models.ResponseFormat(type="json_schema", json_schema=typed)))
