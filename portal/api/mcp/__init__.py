"""Serve the read API to assistants by the Model Context Protocol.

tools       the endpoints as tools, for the scopes of a token
protocol    the messages: JSON-RPC 2.0, as the specification of 2025-11-25 says
http        streamable HTTP on the portal, without sessions and streams
stdio       standard input and output, for an assistant on this machine

Tools only read. What a stranger wrote is marked as untrusted: it can try to give the assistant orders.
"""
