"""Write links and message identifiers into mail headers as they are.

A header that is longer than a line and has no space is written by Python as encoded words (RFC 2047). No mail program decodes them in
these headers: it shows no button to unsubscribe, and puts an answer beside the conversation instead of into it.
"""

from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.policy import SMTP, Policy

ATTEMPT = "X-Escucha-Attempt"
"""Header of the marker left in our mailbox before each attempt to send; its value is the Message-ID of what is sent."""
AS_THEY_ARE = ("list-unsubscribe", "message-id", "in-reply-to", "references", ATTEMPT.lower())


class Verbatim(UnstructuredHeader, BaseHeader):
    """Hold a header whose words are never broken or encoded."""

    def fold(self, *, policy: Policy) -> str:
        """Return the header, one word a line; other than ASCII is encoded."""
        if not self.isascii():
            return super().fold(policy=policy)
        return f"{self.name}: {f'{policy.linesep} '.join(self.split())}{policy.linesep}"


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name in AS_THEY_ARE:
        registry.map_to_type(name, Verbatim)
    return registry


MAIL_POLICY = SMTP.clone(header_factory=_registry())
"""Policy of the mails that Escucha sends."""
