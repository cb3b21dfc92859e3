"""Names this program and who answers for it to every server outside: what is sent as User-Agent."""

from core.config.city import City

VERSION = "0.2.0"
"""As in pyproject.toml."""
LONGEST = 200
"""Signs of what a profile says; a header must stay short."""


def user_agent(city: City) -> str:
    """Give the User-Agent: `Escucha/0.2.0 (+https://city.example/escucha; contact@city.example)`, by the profile's notice."""
    url, contact = _sendable(city.notice.url), _sendable(city.notice.contact)
    told = "; ".join(one for one in (f"+{url}" if url else "", contact) if one)
    return f"Escucha/{VERSION} ({told})" if told else f"Escucha/{VERSION}"


def _sendable(text: str) -> str:
    """Leave out what a header cannot hold, or what would end the comment."""
    kept = "".join(sign for sign in text if sign.isascii() and sign.isprintable() and sign not in "()\\")
    return " ".join(kept.split())[:LONGEST]
