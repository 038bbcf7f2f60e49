"""JSON mode, and a JSON schema.

{'said': 'The best French cheese?'}
{'name': 'example', 'authors': []}
book True ['name', 'authors']
{'name': 'example', 'authors': []}
"""

import json
import os

from mistralai.client import Mistral, models

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "authors": {"type": "array"}},
    "required": ["name", "authors"],
    "additionalProperties": False,
}
client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"])


def ask(content, response_format):
    chat_response = client.chat.complete(
        model="mistral-large-latest",
        messages=[{"role": "user", "content": content}],
        response_format=response_format,
    )
    return json.loads(chat_response.choices[0].message.content)


print(ask("The best French cheese?", {"type": "json_object"}))
by_mapping = {
    "type": "json_schema",
    "json_schema": {"schema": SCHEMA, "name": "book", "strict": True},
}
print(ask("A book?", by_mapping))
by_types = models.ResponseFormat(
    type="json_schema",
    json_schema=models.JSONSchema(name="book", schema_definition=SCHEMA, strict=True),
)
schema = by_types.json_schema
print(schema.name, schema.strict, schema.schema_definition["required"])
print(ask("A book?", by_types))
