"""Send a message by its channel, and read the answer."""

import smtplib
from collections.abc import Callable
from contextlib import ExitStack
from email.message import EmailMessage

from contact_centre.webhooks import message
from contact_centre.webhooks.outcome import EventOutcome, outcome_of
from contact_centre.webhooks.sending import post
from core.config.profile.webhooks import signing_keys
from core.errors import ConfigurationError, EscuchaError, OutcomeUnknownError, RefusedError, UnavailableError
from core.smtp import hand_over, open_connection
from pipeline.context import Context, now
from pipeline.outbox.kinds import Event, Letter, ReplyToGive
from pipeline.outbox.outcomes import Outcome, of_webhook


class Channels:
    """Keep the connections of one run."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._server: smtplib.SMTP | None = None
        self._closing = ExitStack()

    def __enter__(self) -> "Channels":
        return self

    def __exit__(self, *_error: object) -> None:
        self._closing.close()

    def open(self, letter: Letter) -> None:
        """Connect, so that sending takes as little time as it can.

        Raises:
            EscuchaError: our mail server cannot be used; it says nothing about this message.
        """
        if isinstance(letter, EmailMessage) and not self._is_alive():
            self._closing.close()
            self._server = self._closing.enter_context(open_connection(self._context.settings.smtp_url))

    def _is_alive(self) -> bool:
        """Tell whether the mail server still listens: composing may have taken minutes."""
        try:
            return self._server is not None and self._server.noop()[0] == 250
        except (smtplib.SMTPException, OSError, ValueError):
            return False

    def send(self, letter: Letter) -> Outcome:
        """Send a message; return what the answer means."""
        if isinstance(letter, ReplyToGive):
            return asked(letter.give)
        return _post(letter, self._context.settings.variables) if isinstance(letter, Event) else self._mail(letter)

    def _mail(self, mail: EmailMessage) -> Outcome:
        if self._server is None:
            return Outcome("later", "the mail server was not opened")
        try:
            hand_over(self._server, mail)
        except ConfigurationError as error:
            return Outcome("refused", str(error))
        except UnavailableError as error:
            return Outcome("later", str(error))
        return Outcome("sent")


def asked(call: Callable[[], str | None]) -> Outcome:
    """Ask a network something; return what its reply means."""
    try:
        return Outcome("sent", url=call())
    except RefusedError as error:
        return Outcome("final", str(error))
    except OutcomeUnknownError as error:
        return Outcome("unknown", str(error))
    except UnavailableError as error:
        return Outcome("away", str(error))
    except EscuchaError as error:  # a budget that is spent, a login that is refused
        return Outcome("blocked", str(error))


def _post(event: Event, variables: str) -> Outcome:
    """Post a signed event.

    A receiver drops a second one with the same id.
    """
    try:
        response = post(event.hook, event.body, message.headers(event.id, event.body, signing_keys(event.hook, variables), now()))
    except (OutcomeUnknownError, UnavailableError) as error:
        return of_webhook(EventOutcome("busy", str(error)))
    except ConfigurationError as error:
        return Outcome("refused", str(error))
    return of_webhook(outcome_of(response.status_code, response.headers.get("retry-after"), now()))
