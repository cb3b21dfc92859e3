"""Run a real SMTP server on a free loopback port (aiosmtpd).

It keeps what it accepts, rejects the recipients it is configured to, with or without TLS and login.
"""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class MailServer:
    """Hold the received mail: (recipient, mail, whether encrypted, user)."""

    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Answer to these recipients."""

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        mail = message_from_bytes(cast(bytes, envelope.content), policy=default)
        self.taken += [(recipient, mail) for recipient in envelope.rcpt_tos]
        self.encrypted.append(session.ssl is not None)
        return "250 taken"

    def login(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        if not isinstance(data, LoginPassword) or data.password != b"p@ss word":
            return AuthResult(success=False, handled=False)
        self.users.append(data.login.decode())
        return AuthResult(success=True)


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, login: bool = False, host: str = "127.0.0.1", port: int = 0) -> Iterator[MailServer]:
    """Run the server."""
    kept = MailServer()
    loop = asyncio.new_event_loop()
    options: dict[str, Any] = {"hostname": "sink", "loop": loop, "tls_context": tls}
    if login:
        options |= {"authenticator": kept.login, "auth_required": tls is not None, "auth_require_tls": tls is not None}
    talks: list[SMTP] = []

    def talk() -> SMTP:
        talks.append(SMTP(kept, **options))
        return talks[-1]

    listening = loop.run_until_complete(loop.create_server(talk, host, port))
    kept.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield kept
    finally:
        asyncio.run_coroutine_threadsafe(_end(listening, talks), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


async def _end(listening: asyncio.Server, talks: list[SMTP]) -> None:
    listening.close()
    for one in talks:
        if isinstance(one.transport, asyncio.WriteTransport):
            one.transport.abort()
    current = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not current]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Create an untrusted certificate for 127.0.0.1, and its CA file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mail server for tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "server.pem", folder / "server.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
