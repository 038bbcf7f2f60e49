"""The files of Mistral's batch API, which hold a request or a result a line.

`mistral_proto` itself offers all of their names.
"""
