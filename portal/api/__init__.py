"""Serve a read API and MCP tools to systems with a token.

queries      what can be asked: parameters, checked
cursors      positions in a list that stay the same while it grows
rows         what is returned; nothing else leaves
endpoints    each question and its answer: the one list that routes, OpenAPI and MCP tools are made from
figures      counts, response times, warnings, sources, known answers
access       who may ask: tokens, scopes, limits, the audit
routes       HTTP: JSON and CSV, ETag, errors as problem details (RFC 9457)
openapi      the OpenAPI 3.1 document
mcp          the Model Context Protocol over HTTP and standard input

Answers are made from `rows`: authors, notes, names of staff and texts of private messages are in none of them, and no words find a
private message.
"""
