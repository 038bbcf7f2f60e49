"""Conversions: to and from OpenAI's format, and to mistral_common's `InstructRequest`.

- mistral_common's own, which the types' methods `to_openai` and `from_openai` call:
  `openai_format`; and its normalizers: `normalize`, `model_settings`.
- OpenAI's requests to what Mistral's API accepts: `adapt_request`, whose rules are
  in `adapt_parameters`, `adapt_messages`, `adapt_content`, `adapt_tools` and
  `tool_call_ids`, on the engine of `adaptation`.
- Mistral's requests to what OpenAI's API accepts: `request_to_openai`.
- Answers, both ways: `completions`, `completion_chunks`, with `answer_parts` in
  common, on the engine of `field_rules`.
- What all of them tell of what they could not carry over: `changes`.
"""
