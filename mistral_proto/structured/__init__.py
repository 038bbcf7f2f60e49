"""Python's own types as JSON Schema, JSON read as such types, and functions as tools.

Loaded only when used: neither the types nor the client need it.
"""
