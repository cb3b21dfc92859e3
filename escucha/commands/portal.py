"""Serve the portal, and manage who reads and writes by its interfaces."""

import sys
from argparse import Namespace
from datetime import datetime

from escucha.commands.handlers import print_line
from pipeline.access import accounts, api_keys, api_tokens
from pipeline.access.api_tokens import ApiToken
from pipeline.context import now, open_context


def serve(a: Namespace) -> int:
    """Serve the portal."""
    from portal.server import serve as serve_portal

    return serve_portal(a.city, a.settings)


def open311_key(a: Namespace) -> int:
    """Make a key for creating requests by Open311."""
    from portal.open311.keys import VARIABLE, make_key

    key, entry = make_key(a.name, a.topic)
    with open_context(a.city, a.settings) as context:
        api_keys.note_made(context, a.name, a.topic, accounts.operator())
    sys.stdout.write(f"key (shown once, for {a.name}): {key}\nadd to {VARIABLE}: {entry}\n")
    return 0


def token(a: Namespace) -> int:
    """Make, list or revoke tokens of the read API."""
    with open_context(a.city, a.settings) as context:
        if a.action == "make":
            made = api_tokens.make(context.ledger, a.name or "", a.scope, a.days, accounts.operator())
            sys.stdout.write(f"token (shown once, for {a.name}): {made}\n")
        elif a.action == "revoke":
            done = api_tokens.revoke(context.ledger, a.name or "", accounts.operator())
            print_line(f"token {a.name}: {'revoked' if done else 'was revoked already'}")
        else:
            for one in api_tokens.every(context.ledger):
                print_line(describe_token(one, now()))
    return 0


def mcp(a: Namespace) -> int:
    """Serve the MCP tools on standard input and output."""
    from portal.api.mcp.stdio import serve as serve_mcp

    return serve_mcp(a.city, a.settings)


def describe_token(token: ApiToken, moment: datetime) -> str:
    """Describe a token in one line: owner, scopes, state, last use."""
    if token.revoked_at is not None:
        state = f"revoked {token.revoked_at:%Y-%m-%d}"
    else:
        state = f"{'valid until' if token.is_valid(moment) else 'expired'} {token.expires_at:%Y-%m-%d}"
    used = "never used" if token.used_at is None else f"used {token.used_at:%Y-%m-%d %H:00} UTC"
    return f"{token.name}: {', '.join(sorted(token.scopes))}; {state}; {used}; made by {token.made_by}"
