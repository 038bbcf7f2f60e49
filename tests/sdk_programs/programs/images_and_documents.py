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


def ask(content):
    response = client.chat.complete(
        model="pixtral-12b-latest", messages=[{"role": "user", "content": content}]
    )
    return response.choices[0].message.content


base64_image = base64.b64encode(b"\x89PNG").decode("utf-8")
question = {"type": "text", "text": "What's in this image?"}
image = {"type": "image_url", "image_url": f"data:image/png;base64,{base64_image}"}
print(ask([question, image]))
image = models.ImageURLChunk(image_url=models.ImageURL(url="https://example.org/a.png"))
text = models.TextChunk(text="What's in this image?")
print(ask([text, image, models.ImageURLChunk(image_url="https://example.org/b.png")]))
document = {
    "type": "document_url",
    "document_url": "https://example.org/1805.04770",
    "document_name": "1805.04770",
}
print(ask([{"type": "text", "text": "What is the last sentence?"}, document]))
assert models.DocumentURLChunk(document_url="https://example.org/").type == "document_url"
print(image.type, image.image_url.url, text.type)
