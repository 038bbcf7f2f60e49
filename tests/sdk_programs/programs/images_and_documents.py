"""Content in chunks: texts, images by their URL and in base64, documents.

You said: What's in this image?
You said: What's in this image?
You said: What is the last sentence?
image_url https://example.org/a.png text
"""

import base64
import os

from mistralai.client import Mistral, models

client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["SERVER_URL"])


def ask(*chunks):
    messages = [{"role": "user", "content": [*chunks]}]
    response = client.chat.complete(model="pixtral-12b-latest", messages=messages)
    return response.choices[0].message.content


base64_image = base64.b64encode(b"\x89PNG").decode("utf-8")
question = {"type": "text", "text": "What's in this image?"}
print(ask(question, {"type": "image_url", "image_url": f"data:image/png;base64,{base64_image}"}))
image = models.ImageURLChunk(image_url=models.ImageURL(url="https://example.org/a.png"))
text = models.TextChunk(text="What's in this image?")
print(ask(text, image, models.ImageURLChunk(image_url="https://example.org/b.png")))
document = {"document_url": "https://example.org/1805.04770", "document_name": "1805.04770"}
question = {"type": "text", "text": "What is the last sentence?"}
print(ask(question, {"type": "document_url", **document}))
assert models.DocumentURLChunk(document_url="https://example.org/").type == "document_url"
print(image.type, image.image_url.url, text.type)
