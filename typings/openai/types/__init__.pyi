from openai.types import chat as chat
