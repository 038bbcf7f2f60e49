"""Conversions: to and from OpenAI's format, and to mistral_common's `InstructRequest`.

- mistral_common's own, which the types' methods `to_openai` and `from_openai` call:
  `openai_format`; and its normalizers: `normalize`, `model_settings`.
- OpenAI's requests to what Mistral's API accepts: `adapt_request`, `adapt_rules`.
- Mistral's requests to what OpenAI's API accepts: `request_to_openai`.
- Answers, whole and streamed, both ways: `answers`.
- The engine of all, and what it tells of what could not be carried over: `rules`.
"""
