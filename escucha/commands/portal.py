"""Serve the portal, and manage who reads and writes by its interfaces."""

import sys
from argparse import Namespace
from datetime import datetime

from core.config.own_variables import with_own_variables
from escucha.commands import command, option
from escucha.commands.common import print_line
from pipeline.access import accounts, api_keys, api_tokens
from pipeline.access.api_tokens import SCOPES, ApiToken
from pipeline.context import now, open_context


@command("portal", "serve the citizens' public interfaces alone: Open311. Reads the ledger; new requests by Open311 are written to it.")
def serve(a: Namespace) -> int:
    """Serve the portal."""
    from portal.server import serve as serve_portal

    return serve_portal(a.towns, a.settings)


@command(
    "open311-key",
    "make a key for a system that creates requests by Open311: prints the key, once, and its entry for ESCUCHA_PORTAL_OPEN311_KEYS. "
    "Neither is stored; that it was made is audited.",
    option("name", help="who gets it: small letters, digits and -"),
    option("--topic", action="append", default=[], help="only requests of this topic; repeat for several (default: all)"),
)
def open311_key(a: Namespace) -> int:
    """Make a key for creating requests by Open311."""
    from portal.open311.keys import VARIABLE, make_key

    key, entry = make_key(a.name, a.topic)
    with open_context(a.city, a.settings) as context:
        api_keys.note_made(context, a.name, a.topic, accounts.operator())
    sys.stdout.write(f"key (shown once, for {a.name}): {key}\nadd to {with_own_variables(VARIABLE, a.settings)}: {entry}\n")
    return 0


@command(
    "token",
    "make, list or revoke the tokens of systems that read by the API and by MCP: `make` prints the token once, and only its hash is "
    "stored. All is audited. docs/how-to/read-api.md.",
    option("action", choices=["make", "list", "revoke"]),
    option("name", nargs="?", help="which system it is for: small letters, digits and -"),
    option("--scope", action="append", default=[], choices=SCOPES, help="what it may read; repeat for several (make)"),
    option("--days", type=int, default=365, help="days of validity, at most 730 (make; default: %(default)s)"),
)
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
            for one in api_tokens.list_tokens(context.ledger):
                print_line(describe_token(one, now()))
    return 0


@command(
    "mcp",
    "serve the read-only tools of the Model Context Protocol on standard input and output, for an assistant on this machine. "
    "ESCUCHA_API_TOKEN holds the token whose scopes it has; every call is audited.",
)
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
