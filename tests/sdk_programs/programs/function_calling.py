"""The four steps of function calling: tools, the model's call, its result, the answer.

tool_calls retrieve_payment_status {'transaction_id': 'example'} True
{"status": "unknown: example"}
The tool says: {"status": "unknown: example"}
retrieve_payment_date
retrieve_payment_date example
"""

import functools
import json
import os

from mistralai.client import Mistral, models


def retrieve_payment(data, key, transaction_id):
    return json.dumps({key: data.get(transaction_id, f"unknown: {transaction_id}")})


names_to_functions = {
    "retrieve_payment_status": functools.partial(retrieve_payment, {"T1001": "Paid"}, "status"),
    "retrieve_payment_date": functools.partial(retrieve_payment, {"T1001": "2021-10-05"}, "date"),
}
tools = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Call {name}",
            "parameters": {
                "type": "object",
                "properties": {
                    "transaction_id": {"type": "string", "description": "The transaction id."}
                },
                "required": ["transaction_id"],
            },
        },
    }
    for name in names_to_functions
]
client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"])
model = "mistral-large-latest"
messages = [{"role": "user", "content": "What's the status of my transaction T1001?"}]

response = client.chat.complete(
    model=model, messages=messages, tools=tools, tool_choice="any", parallel_tool_calls=False
)
messages.append(response.choices[0].message)
tool_call = response.choices[0].message.tool_calls[0]
function_name = tool_call.function.name
function_params = json.loads(tool_call.function.arguments)
print(response.choices[0].finish_reason, function_name, function_params, len(tool_call.id) == 9)

function_result = names_to_functions[function_name](**function_params)
print(function_result)
messages.append(
    {
        "role": "tool",
        "name": function_name,
        "content": function_result,
        "tool_call_id": tool_call.id,
    }
)
response = client.chat.complete(model=model, messages=messages)
print(response.choices[0].message.content)

# The same by types, of which one is to be called.
typed = [models.Tool(function=models.Function(**tool["function"])) for tool in tools]
choice = models.ToolChoice(function=models.FunctionName(name="retrieve_payment_date"))
response = client.chat.complete(model=model, messages=messages[:1], tools=typed, tool_choice=choice)
print(response.choices[0].message.tool_calls[0].function.name)
answer = models.ToolMessage(content="5 October", tool_call_id="a1b2c3d4e", name="f")
assert answer.role == "tool"

# And as a stream.
named = {"type": "function", "function": {"name": "retrieve_payment_date"}}
for chunk in client.chat.stream(model=model, messages=messages[:1], tools=tools, tool_choice=named):
    delta = chunk.data.choices[0].delta
    if delta.tool_calls:
        arguments = json.loads(delta.tool_calls[0].function.arguments)
        print(delta.tool_calls[0].function.name, arguments["transaction_id"])
