"""Connect to a mail server and send e-mail.

The connection is encrypted if possible and the certificate checked; the password is never sent in clear text to another machine.
"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from email.message import EmailMessage
from typing import Any, cast
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import SecretStr

from core.errors import ConfigurationError, UnavailableError
from core.runtime.deadline import cut_off
from core.text import one_line

TIMEOUT_S = 30
"""Limit for connection, encryption and login together."""
HAND_OVER_S = 180
"""Limit for one e-mail: a server may scan for viruses before it accepts it."""
GOODBYE_S = 5
PERMANENT = 500
"""SMTP replies from this code on are permanent; lower ones mean retry later."""
NO_ANSWER = (smtplib.SMTPException, OSError, ValueError)
"""ValueError: an invalid reply of the server, such as a challenge that is not base64."""
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
HOW = "write smtp://host:25, smtp://user:password@host:587 or smtps://user:password@host:465"


class RecipientRefusedError(ConfigurationError):
    """Refuse this recipient for good; others may be taken."""


def send(smtp_url: SecretStr | None, mail: EmailMessage) -> None:
    """Send one e-mail; errors are those of `open_connection` and `hand_over`."""
    with open_connection(smtp_url) as server:
        hand_over(server, mail)


@contextmanager
def open_connection(smtp_url: SecretStr | None, variable: str = "ESCUCHA_SMTP_URL") -> Iterator[smtplib.SMTP]:
    """Connect to the mail server, for several e-mails.

    Args:
        smtp_url: its address with user and password; None is reported as wrong.
        variable: the environment variable that holds it, for messages.

    Raises:
        ConfigurationError: the address is wrong, the certificate is not trusted, or the server rejects the password.
        UnavailableError: the server does not answer now.
    """
    server = _connect(urlsplit(smtp_url.get_secret_value() if smtp_url else ""), variable)
    try:
        yield server
    finally:
        # accepted e-mails are accepted, whatever happens at QUIT
        with suppress(smtplib.SMTPException, OSError, ValueError), cut_off(GOODBYE_S, lambda: [server.sock]):
            server.quit()
        server.close()


def _connect(url: SplitResult, variable: str) -> smtplib.SMTP:
    where = f"{variable}: {url.hostname}"
    started: list[smtplib.SMTP] = []
    try:
        with ExitStack() as closing, cut_off(TIMEOUT_S, lambda: [one.sock for one in started]) as cut:
            server = _open(url, variable, started)
            closing.callback(server.close)
            _authenticate(server, url, where)
            closing.pop_all()
    except ssl.SSLCertVerificationError as error:
        why = f"{where}: its certificate is not trusted ({error.verify_message}); set SSL_CERT_FILE to the certificate of its authority"
        raise ConfigurationError(why) from None
    except smtplib.SMTPAuthenticationError as error:
        raise ConfigurationError(f"{where}: authentication failed ({error.smtp_code}): check user and password") from None
    except smtplib.SMTPNotSupportedError:
        raise ConfigurationError(f"{where} supports no log-in: remove user and password") from None
    except NO_ANSWER as error:
        reason = f"it was not ready within {TIMEOUT_S} s" if cut.happened else str(error)
        raise UnavailableError(f"{where} does not answer as a mail server: {reason}") from None
    return server


def _recording(kind: type[smtplib.SMTP], started: list[smtplib.SMTP]) -> type[smtplib.SMTP]:
    """Derive a client class that records itself before it connects.

    Its socket can then be closed when the time is over.
    """

    class RecordingClient(kind):  # type: ignore[misc,valid-type]  # plain or TLS: known at run time
        def connect(self, *arguments: Any, **named: Any) -> Any:
            started.append(self)
            return super().connect(*arguments, **named)

    return RecordingClient


def _open(url: SplitResult, variable: str, started: list[smtplib.SMTP]) -> smtplib.SMTP:
    try:
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if url.scheme not in ("smtp", "smtps") or not host:
        raise ConfigurationError(f"{variable}: {HOW}")
    if url.scheme == "smtps":
        encrypted: Any = _recording(smtplib.SMTP_SSL, started)
        return cast(smtplib.SMTP, encrypted(host, port or 465, timeout=TIMEOUT_S, context=ssl.create_default_context()))
    return _recording(smtplib.SMTP, started)(host, port or 25, timeout=TIMEOUT_S)


def _authenticate(server: smtplib.SMTP, url: SplitResult, where: str) -> None:
    """Encrypt where the server offers it, then log in."""
    server.ehlo_or_helo_if_needed()  # raises if it is not a mail server
    is_private = url.scheme == "smtps"
    if not is_private and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()  # raises if it is not a mail server
        is_private = True
    if not url.username:
        return
    if not is_private and url.hostname not in THIS_MACHINE:
        raise ConfigurationError(
            f"{where} offers no encryption (STARTTLS), so the password would be sent in clear text; use smtps:// or a server that offers it"
        )
    server.login(unquote(url.username), unquote(url.password or ""))


def hand_over(server: smtplib.SMTP, mail: EmailMessage) -> None:
    """Send one e-mail over an open connection, which stays usable afterwards.

    Raises:
        RecipientRefusedError: the server permanently rejects the recipient.
        ConfigurationError: it permanently rejects sender or message.
        UnavailableError: it asks to retry later, or has disconnected and may have taken the message.
    """
    try:
        with cut_off(HAND_OVER_S, lambda: [server.sock]):
            server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code, reply_text = next(iter(error.recipients.values()))
        refused = _refusal(mail, code, reply_text)
        raise (RecipientRefusedError(str(refused)) if code >= PERMANENT else refused) from None
    except smtplib.SMTPResponseException as error:
        raise _refusal(mail, error.smtp_code, error.smtp_error) from None
    except NO_ANSWER as error:
        raise UnavailableError(f"mail to {mail['To']}: the mail server disconnected: {error}") from None


def _refusal(mail: EmailMessage, code: int, reply_text: bytes | str) -> ConfigurationError | UnavailableError:
    reply = reply_text.decode("utf-8", "replace") if isinstance(reply_text, bytes) else reply_text
    text = f"mail to {mail['To']}: the server answered {code} {one_line(reply)}"
    return ConfigurationError(text) if code >= PERMANENT else UnavailableError(text)
