"""Build the User-Agent that identifies this program and its operator."""

from core.config.city import City
from core.version import VERSION

MAX_LENGTH = 200
"""Maximum characters of each value of the profile; a header must stay short."""


def user_agent(city: City) -> str:
    """Return the User-Agent, with URL and contact of the profile's notice.

    `Escucha/0.3.0 (+https://city.example/escucha; contact@city.example)`
    """
    url, contact = _sendable(city.notice.url), _sendable(city.notice.contact)
    parts = "; ".join(one for one in (f"+{url}" if url else "", contact) if one)
    return f"Escucha/{VERSION} ({parts})" if parts else f"Escucha/{VERSION}"


def _sendable(text: str) -> str:
    """Drop what a header cannot hold, and what would end the comment."""
    kept = "".join(character for character in text if character.isascii() and character.isprintable() and character not in "()\\")
    return " ".join(kept.split())[:MAX_LENGTH]
