"""The client: `Mistral`, and its `chat`."""
