"""Bytes over HTTP: one request out, one response back.

Nothing here knows of chat.  Where to find what:

- `exchange`: what a transport takes and gives, and what makes one.
- `urllib_transport`: the default one.  `threads` makes it one for asyncio, on
  threads of `workers`.
- `handlers`: urllib's handlers, with connections that are kept in a `pool`.
- `connections`: one connection, and its responses.  `head`, `framing` and
  `content_coding` take these apart, without I/O.
- `sockets`, `limits`: waiting for the network, and no longer than is allowed.
- `urls`, `failures`: where a request may go, and what can go wrong.
"""
