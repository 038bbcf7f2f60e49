"""A call and its response; parameters that are not set; the response as JSON and as a dict.

You said: Who is the best French painter?
stop mistral-large-latest chat.completion
6 14 True
You said: Answer in
You said: Hi
False True
['assistant', 'You said: Hi']
True stop
True {}
"""

import json
import os

from mistralai.client import Mistral, models
from mistralai.client.types import UNSET

with Mistral(
    api_key=os.getenv("MISTRAL_API_KEY", ""), server_url=os.environ["SERVER_URL"]
) as mistral:
    res = mistral.chat.complete(
        model="mistral-large-latest",
        messages=[{"role": "user", "content": "Who is the best French painter?"}],
        stream=False,
        response_format={"type": "text"},
    )
    print(res.choices[0].message.content)
    print(res.choices[0].finish_reason, res.model, res.object)
    print(res.usage.prompt_tokens, res.usage.total_tokens, isinstance(res.created, int))

    res = mistral.chat.complete(
        model="mistral-small-latest",
        messages=[{"role": "user", "content": "Answer in one short sentence."}],
        temperature=0.3,
        top_p=0.9,
        max_tokens=4,
        stop=["END", "STOP"],
        random_seed=7,
        presence_penalty=0.5,
        frequency_penalty=0,
        safe_prompt=True,
    )
    print(res.choices[0].message.content)

    message = models.UserMessage(content="Hi")
    unset = {"temperature": UNSET, "max_tokens": None, "tools": UNSET, "stop": UNSET}
    res = mistral.chat.complete(model="m", messages=[message], **unset)
    print(json.loads(res.model_dump_json())["choices"][0]["message"]["content"])
    print(bool(UNSET), res.choices[0].message.tool_calls in (None, UNSET))
    dumped = res.model_dump(exclude_none=True)["choices"][0]["message"]
    print([dumped["role"], dumped["content"]])
    again = models.ChatCompletionResponse.model_validate_json(res.model_dump_json())
    same = models.ChatCompletionResponse.model_validate(res.model_dump())
    print(again == same, again.choices[0].finish_reason)
    assert message.model_dump()["role"] == "user"
    assert message.model_dump(mode="json")["content"] == "Hi"
    url, variables = mistral.sdk_configuration.get_server_details()
    print(url == os.environ["SERVER_URL"], variables)
