"""Conversions: to and from OpenAI's format, and to mistral_common's `InstructRequest`."""
