"""The four steps of function calling: tools, the model's call, its result, the answer.

tool_calls payment_status {'transaction_id': 'example'} True
The tool says: {"status": "Paid"}
payment_date
payment_date example
"""

import json
import os

from mistralai.client import Mistral, models

PARAMETERS = {
    "type": "object",
    "properties": {"transaction_id": {"type": "string", "description": "The transaction id."}},
    "required": ["transaction_id"],
}
functions = [
    {"name": name, "description": f"Call {name}", "parameters": PARAMETERS}
    for name in ("payment_status", "payment_date")
]
tools = [{"type": "function", "function": function} for function in functions]
client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"])
model = "mistral-large-latest"
messages = [{"role": "user", "content": "What's the status of my transaction T1001?"}]

response = client.chat.complete(
    model=model, messages=messages, tools=tools, tool_choice="any", parallel_tool_calls=False
)
messages.append(response.choices[0].message)
call = response.choices[0].message.tool_calls[0]
arguments = json.loads(call.function.arguments)
print(response.choices[0].finish_reason, call.function.name, arguments, len(call.id) == 9)

result = {"role": "tool", "name": call.function.name, "tool_call_id": call.id}
messages.append({**result, "content": json.dumps({"status": "Paid"})})
response = client.chat.complete(model=model, messages=messages)
print(response.choices[0].message.content)

# The same by types, of which one is to be called.
typed = [models.Tool(function=models.Function(**function)) for function in functions]
choice = models.ToolChoice(function=models.FunctionName(name="payment_date"))
response = client.chat.complete(model=model, messages=messages[:1], tools=typed, tool_choice=choice)
print(response.choices[0].message.tool_calls[0].function.name)
answer = models.ToolMessage(content="5 October", tool_call_id="a1b2c3d4e", name="f")
assert answer.role == "tool"

# And as a stream.
named = {"type": "function", "function": {"name": "payment_date"}}
for chunk in client.chat.stream(model=model, messages=messages[:1], tools=tools, tool_choice=named):
    for call in chunk.data.choices[0].delta.tool_calls or []:
        print(call.function.name, json.loads(call.function.arguments)["transaction_id"])
