"""Hands mails to the city's mail server: encrypted whenever it can be, the certificate checked, the password never in the open."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from email.message import EmailMessage
from typing import Any, cast
from urllib.parse import SplitResult, unquote, urlsplit

from core.config.settings import Settings
from core.deadline import cut_off
from core.errors import ConfigurationError, UnavailableError

TIMEOUT_S = 30
"""For the server's greeting, encryption and login together."""
HAND_OVER_S = 180
"""For one whole mail: a server may look for viruses before it says that it has taken it."""
GOODBYE_S = 5
PERMANENT = 500
"""From this reply on a server means it for good; below, it asks to try again later."""
NO_ANSWER = (smtplib.SMTPException, OSError, ValueError)
"""ValueError: words of the server that cannot be read, as a challenge that is no base64."""
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
HOW = "write smtp://host:25, smtp://user:password@host:587 or smtps://user:password@host:465"


def send(settings: Settings, mail: EmailMessage) -> None:
    """Hand one mail to the server; errors as `connected` and `hand_over`."""
    with open_connection(settings) as server:
        hand_over(server, mail)


@contextmanager
def open_connection(settings: Settings) -> Iterator[smtplib.SMTP]:
    """The mail server, for as many mails as there are.

    Raises:
        ConfigurationError: ESCUCHA_SMTP_URL is wrong, the server is not who it should be, or it refuses the password.
        UnavailableError: the server does not answer now.
    """
    server = _connect(urlsplit(settings.smtp_url.get_secret_value() if settings.smtp_url else ""))
    try:
        yield server
    finally:
        # what it took, it has: how it says goodbye changes nothing
        with suppress(smtplib.SMTPException, OSError, ValueError), cut_off(GOODBYE_S, lambda: [server.sock]):
            server.quit()
        server.close()


def _connect(url: SplitResult) -> smtplib.SMTP:
    where = f"ESCUCHA_SMTP_URL: {url.hostname}"
    started: list[smtplib.SMTP] = []
    try:
        with ExitStack() as closing, cut_off(TIMEOUT_S, lambda: [one.sock for one in started]) as cut:
            server = _opened(url, started)
            closing.callback(server.close)
            _introduce(server, url)
            closing.pop_all()
    except ssl.SSLCertVerificationError as error:
        why = f"{where}: its certificate is not trusted ({error.verify_message}); name its authority in SSL_CERT_FILE"
        raise ConfigurationError(why) from None
    except smtplib.SMTPAuthenticationError as error:
        raise ConfigurationError(f"{where} refuses user and password ({error.smtp_code})") from None
    except smtplib.SMTPNotSupportedError:
        raise ConfigurationError(f"{where} takes no password; leave user and password out") from None
    except NO_ANSWER as error:
        reason = f"it was not ready within {TIMEOUT_S} s" if cut.happened else str(error)
        raise UnavailableError(f"{where} does not answer as a mail server: {reason}") from None
    return server


def _noting(kind: type[smtplib.SMTP], started: list[smtplib.SMTP]) -> type[smtplib.SMTP]:
    """The same client; it notes itself before it waits for the first word, so that its socket can be shut."""

    class Noting(kind):  # type: ignore[misc,valid-type]  # plain or TLS: known at run time
        def connect(self, *arguments: Any, **named: Any) -> Any:
            started.append(self)
            return super().connect(*arguments, **named)

    return Noting


def _opened(url: SplitResult, started: list[smtplib.SMTP]) -> smtplib.SMTP:
    try:
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if url.scheme not in ("smtp", "smtps") or not host:
        raise ConfigurationError(f"ESCUCHA_SMTP_URL: {HOW}")
    if url.scheme == "smtps":
        encrypted: Any = _noting(smtplib.SMTP_SSL, started)
        return cast(smtplib.SMTP, encrypted(host, port or 465, timeout=TIMEOUT_S, context=ssl.create_default_context()))
    return _noting(smtplib.SMTP, started)(host, port or 25, timeout=TIMEOUT_S)


def _introduce(server: smtplib.SMTP, url: SplitResult) -> None:
    """Encrypt where it is offered, then log in; a password never travels openly to another machine."""
    server.ehlo_or_helo_if_needed()  # raises when what answers is no mail server
    is_private = url.scheme == "smtps"
    if not is_private and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()  # raises when what answers is no mail server
        is_private = True
    if not url.username:
        return
    if not is_private and url.hostname not in THIS_MACHINE:
        raise ConfigurationError(
            f"ESCUCHA_SMTP_URL: {url.hostname} offers no encryption (STARTTLS), so the password could be read on the way; "
            "use smtps:// or a server that offers it"
        )
    server.login(unquote(url.username), unquote(url.password or ""))


def hand_over(server: smtplib.SMTP, mail: EmailMessage) -> None:
    """Give one mail to a connected server; it can be given the next one whatever happened to this.

    Raises:
        ConfigurationError: it refuses sender, recipient or mail for good.
        UnavailableError: it asks to try again later, or is gone.
    """
    try:
        with cut_off(HAND_OVER_S, lambda: [server.sock]):
            server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise _refusal(mail, code, words) from None
    except smtplib.SMTPResponseException as error:
        raise _refusal(mail, error.smtp_code, error.smtp_error) from None
    except NO_ANSWER as error:
        raise UnavailableError(f"mail to {mail['To']}: the mail server went away: {error}") from None


def _refusal(mail: EmailMessage, code: int, words: bytes | str) -> ConfigurationError | UnavailableError:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    text = f"mail to {mail['To']}: the server says {code} {one_line(said)}"
    return ConfigurationError(text) if code >= PERMANENT else UnavailableError(text)


def one_line(text: str) -> str:
    """One line: no header can be smuggled in."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
