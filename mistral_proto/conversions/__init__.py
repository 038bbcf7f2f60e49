"""Conversions to and from OpenAI's format, and mistral_common's normalizers."""
