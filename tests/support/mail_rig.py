"""Provide a department with only a mailbox, on loopback.

A real mail server (aiosmtpd) delivers into a real mailbox (Dovecot).
"""

import asyncio
import imaplib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from aiosmtpd import smtp as server_side

from contact_centre.email.mailbox import Mailbox
from contact_centre.email.numbers import number_of
from tests.support.mail_server import MailServer, mail_server
from tests.support.ticket_rig import Rig, rig_module

DEPARTMENT, SENDER, PASSWORD = "limpieza@dept.test", "escucha@ayto.test", "right-password"


class EmailRig(Rig):
    """Act as the department's people in their mail programs."""

    def __init__(self, port: int, server: MailServer) -> None:
        self.user, self.port, self.server = f"{uuid.uuid4().hex[:8]}@ayto.test", port, server
        self.drops = self.late = False
        table = {
            "to": DEPARTMENT,
            "sender": SENDER,
            "mailbox": self.user,
            "imap_host": "127.0.0.1",
            "imap_port": port,
            "imap_security": "none",
            "imap_user": self.user,
            "timeout_s": 60,
        }
        environment = {"ESCUCHA_SMTP_URL": f"smtp://127.0.0.1:{server.port}", "ESCUCHA_CONTACT_MAILBOX_PASSWORD": PASSWORD}
        wrong = (
            ({"imap_folder": "Nada"}, "has no folder 'Nada'"),
            ({"to": "nadie@dept.test"}, "the mail server refuses nadie@dept.test: 550 no such mailbox"),
        )
        super().__init__("email", rig_module("email"), table, environment, can_merge=False, wrong=wrong, race="waits")
        server.refused["nadie@dept.test"] = "550 no such mailbox"
        server.handle_DATA = self.take  # type: ignore[method-assign]

    async def take(self, server: server_side.SMTP, session: server_side.Session, envelope: server_side.Envelope) -> str:
        """Deliver to the department, and our copy to Dovecot."""
        content = envelope.content or b""
        assert isinstance(content, bytes)  # text only in aiosmtpd's own decoding mode
        await MailServer.handle_DATA(self.server, server, session, envelope)
        if self.user in envelope.rcpt_tos and not self.late:
            self.put(content)
        if self.drops and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 taken"

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=60)
        client.login(self.user, PASSWORD)
        yield client
        client.logout()

    def put(self, content: bytes) -> None:
        with self.client() as client:
            client.append("INBOX", None, None, content)  # None: not given

    def taken(self, key_or_number: str) -> list[EmailMessage]:
        """List what the department received about a case, in order."""
        number = key_or_number if key_or_number.startswith("ESC-") else number_of(key_or_number)
        return [mail for to, mail in self.server.taken if to == DEPARTMENT and f"[{number}]" in mail["Subject"]]

    def tickets(self, key: str) -> list[str]:
        return [number_of(key) for mail in self.taken(key) if mail["X-Escucha-Kind"] == "case"]

    def notes(self, reference: str) -> list[str]:
        keys = {number_of(f"note:{n}").removeprefix("ESC-").lower(): f"note:{n}" for n in range(1, 10)}
        sent = [mail["Message-ID"] for mail in self.taken(reference) if mail["X-Escucha-Kind"] != "case"]
        return [keys[one.partition(".")[2].partition("@")[0]] for one in sent]

    def text(self, reference: str) -> str:
        (mail,) = [mail for mail in self.taken(reference) if mail["X-Escucha-Kind"] == "case"]
        return str(mail.get_content()).replace("\r\n", "\n")

    def reply(self, reference: str, text: str, sender: str = DEPARTMENT, **headers: str) -> None:
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Message-ID"] = sender, self.user, f"<{uuid.uuid4().hex}@dept.test>"
        mail["Subject"] = headers.pop("subject", f"RE: [{reference}] Contenedores")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        self.put(mail.as_bytes())

    def close_ticket(self, reference: str) -> None:
        self.reply(reference, f"Ya está vacío.\n\nResuelto.\n\n> Contenedores\n> [{reference}]\n")

    def remove(self, reference: str) -> None:
        with self.client() as client:
            client.select("INBOX")
            client.store("1:*", "+FLAGS", "(\\Deleted)")
            client.expunge()

    @contextmanager
    def losing_answers(self) -> Iterator[dict[str, Any]]:
        self.drops = True
        yield {}
        self.drops = False

    @contextmanager
    def filters_ignored(self) -> Iterator[dict[str, Any]]:
        with pytest.MonkeyPatch.context() as patch:
            real = Mailbox.search
            patch.setattr(Mailbox, "search", lambda self, *_: real(self, "ALL"))
            yield {}


@contextmanager
def email_rig(port: int) -> Iterator[EmailRig]:
    with mail_server() as server:
        yield EmailRig(port, server)
