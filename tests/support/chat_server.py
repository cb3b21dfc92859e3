"""Behave as an OpenAI-compatible server on loopback (tests.support.receiver)."""

import json

from tests.support.receiver import Behaviour, Handler


def says(content: object) -> Behaviour:
    text = content if isinstance(content, str) else json.dumps(content)
    body = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()
    return sends(body)


def sends(body: bytes) -> Behaviour:
    def behave(handler: Handler, _number: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave
