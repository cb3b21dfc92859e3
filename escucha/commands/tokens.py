"""Describe the tokens of the read API."""

from datetime import datetime

from pipeline.api_tokens import ApiToken


def describe_token(token: ApiToken, moment: datetime) -> str:
    """Describe a token in one line: owner, scopes, state, last use."""
    if token.revoked_at is not None:
        state = f"revoked {token.revoked_at:%Y-%m-%d}"
    else:
        state = f"{'valid until' if token.is_valid(moment) else 'expired'} {token.expires_at:%Y-%m-%d}"
    used = "never used" if token.used_at is None else f"used {token.used_at:%Y-%m-%d %H:00} UTC"
    return f"{token.name}: {', '.join(sorted(token.scopes))}; {state}; {used}; made by {token.made_by}"
