"""A call and its response.

You said: Who is the best French painter?
stop mistral-large-latest chat.completion
6 14 True
You said: Answer in
"""

import os

from mistralai.client import Mistral

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
