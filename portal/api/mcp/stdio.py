"""Serve MCP on standard input and output, one message a line."""

import sys
from pathlib import Path
from typing import BinaryIO

from core.config.settings import Settings
from core.errors import ConfigurationError
from ledger.read import check_whole
from pipeline.access import api_tokens
from pipeline.context import Context, open_context
from portal.api.access import Access
from portal.api.mcp.protocol import INVALID_REQUEST, MAX_BYTES, Json, Protocol, failure, written
from portal.api.reader import Reader
from portal.site import Site
from search.queries import CircuitBreaker

CALLER = "stdio"


def serve(city_path: Path, settings: Settings) -> int:
    """Answer messages until standard input ends.

    Raises:
        DamagedLedgerError: the ledger's file is damaged.
        ConfigurationError: ESCUCHA_API_TOKEN is not a valid token.
    """
    given = settings.api_token.get_secret_value() if settings.api_token else ""
    with open_context(city_path, settings) as context:
        check_whole(context.ledger)
        if api_tokens.check(context.ledger, given) is None:
            raise ConfigurationError("ESCUCHA_API_TOKEN is not a valid token: make one with `escucha token make NAME --scope posts`")
        answer_lines(context, given, sys.stdin.buffer, sys.stdout.buffer)
    return 0


def answer_lines(context: Context, given: str, lines: BinaryIO, out: BinaryIO) -> None:
    """Answer each line.

    The token is checked each time, for it may be revoked meanwhile."""
    site = Site(context)
    access = Access(context.ledger, context.settings)
    protocol = Protocol(Reader(context, CircuitBreaker(context.settings), site.answers, site.times), access)
    while line := lines.readline(MAX_BYTES + 1):
        if len(line) > MAX_BYTES:
            while not line.endswith(b"\n") and (line := lines.readline(MAX_BYTES)):
                pass
            answer: Json | None = failure(None, INVALID_REQUEST, f"a message has at most {MAX_BYTES} bytes")
        elif line.strip():
            answer = protocol.answer(line, lambda: access.admit(given, CALLER))
        else:
            continue
        if answer is not None:
            out.write(written(answer) + b"\n")
            out.flush()
