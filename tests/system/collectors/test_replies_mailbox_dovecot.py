"""Test answers to e-mails over SMTP, with copies in Dovecot."""

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, cast

import pytest
from pydantic import SecretStr

from collectors import mailbox
from collectors.mailbox import reply as mailbox_reply
from core import smtp
from core.config.city import City
from core.errors import ConfigurationError, OutcomeUnknownError, RefusedError, UnavailableError
from core.records.answer import ReplyTarget
from core.records.collection import Budget
from tests.support.mail_server import MailServer, mail_server
from tests.support.reply_worlds import CITY, TEXT
from tests.support.toxic import POISONS, toxic
from tests.system.collectors.test_collectors_mailbox_dovecot import USER, Dovecot, dovecot  # noqa: F401  a fixture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("dovecot", path="/usr/bin:/usr/sbin:/usr/local/sbin") is None,
        reason="Dovecot is not installed: apt-get install --no-install-recommends dovecot-imapd",
    ),
]
LETTER = (
    "Message-ID: <1@correo.example>\r\nFrom: Ana <ana@correo.example>\r\nReferences: <0@correo.example>\r\n"
    "Subject: =?utf-8?q?Farola_rota=0D=0ABcc=3A_x=40example=2Eorg_=C3=B1?=\r\n\r\nNo luce\r\n"
)


@dataclass
class Post:
    """Deliver what the mail server takes into the mailbox."""

    server: MailServer
    dovecot: Dovecot
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        cast(Any, self.server).handle_DATA = self.take

    async def take(self, server: Any, _session: Any, envelope: Any) -> str:
        fault = self.faults.pop(0) if self.faults else "fine"
        if fault == "cut_before":
            server.transport.abort()
            return "250 taken"
        if fault in ("451 greylisted, try later", "554 looks like spam"):
            return fault
        client = self.dovecot.client()
        client.append("INBOX", None, None, envelope.content)  # None: not given
        client.logout()
        done = await MailServer.handle_DATA(self.server, server, _session, envelope)
        if fault == "cut_after":
            server.transport.abort()
        return done

    def letters(self) -> list[EmailMessage]:
        """Return what the citizen received."""
        return [mail for recipient, mail in self.server.taken if recipient == "ana@correo.example"]

    def what(
        self, text: str = TEXT, key: str = "A-1", **changed: object
    ) -> tuple[City, mailbox.Options, mailbox_reply.Secrets, ReplyTarget, str, str]:
        return CITY, self.dovecot.options(), self.secrets(**changed), self.target(), text, key

    def secrets(self, **changed: object) -> mailbox_reply.Secrets:
        table: dict[str, Any] = {
            "mailbox_password": SecretStr(self.dovecot.password),
            "mailbox_smtp_url": SecretStr(f"smtp://127.0.0.1:{self.server.port}"),
            "mailbox_from": USER,
        }
        return mailbox_reply.Secrets(**table | changed)

    def target(self) -> ReplyTarget:
        [first, *_] = self.dovecot.read().ids
        return ReplyTarget(native_id=first, url=None, text="")


@pytest.fixture
def post(dovecot: Dovecot) -> Iterator[Post]:  # noqa: F811
    client = dovecot.client()
    client.append("INBOX", None, None, LETTER.encode())  # None: not given
    client.logout()
    with mail_server() as server:
        yield Post(server, dovecot)


def test_an_answer_is_in_the_conversation_and_comes_back_as_our_own(post: Post) -> None:
    assert mailbox_reply.find_reply(*post.what()) is None
    address = mailbox_reply.reply(*post.what())
    assert mailbox_reply.find_reply(*post.what()) == address
    assert mailbox_reply.find_reply(*post.what(key="A-2")) is None
    [mail] = post.letters()
    assert (mail["From"], mail["To"], mail["In-Reply-To"]) == (USER, "ana@correo.example", "<1@correo.example>")
    assert mail["References"] == "<0@correo.example> <1@correo.example>"
    assert mail["Message-ID"] == f"<{address.removeprefix('mid:')}>"
    assert mail["Subject"].startswith("Re: Farola rota")
    assert (mail["Bcc"], mail["Auto-Submitted"]) == (None, None)
    assert mail.get_content().strip() == TEXT
    now, options = datetime.now(UTC), post.dovecot.options(own_domains=["ayto.example"])
    secrets = mailbox.Secrets(mailbox_password=SecretStr(post.dovecot.password))
    back = [raw for page in mailbox.collect(CITY, options, secrets, None, Budget(now, now)) for raw in page.raws][-1]
    assert (back.own, back.thread_id, back.reply_to) == (True, "0@correo.example", "1@correo.example")


def test_one_answer_arrives_once_when_connections_are_cut(post: Post) -> None:
    dice = random.Random(3)  # noqa: S311
    for number in range(40):
        post.faults = dice.choices(["fine", "cut_before", "cut_after", "451 greylisted, try later"], k=dice.randint(0, 4))
        deliver(post.what(f"{TEXT} {number}", f"A-{number}"), lambda: dice.random() < 0.2)
    ids = [mail["Message-ID"] for mail in post.letters()]
    assert len(ids) == len(set(ids)) == 40


def deliver(what: tuple[Any, ...], killed: Callable[[], bool]) -> None:
    look_first = False
    for _ in range(50):
        try:
            address = mailbox_reply.find_reply(*what) if look_first else None
            address = address or mailbox_reply.reply(*what)
        except OutcomeUnknownError:
            look_first = True
            continue
        except UnavailableError:
            continue
        if not killed():
            return
        look_first = True
    pytest.fail("not delivered in 50 tries")


def test_refusals_have_the_words_of_the_server_and_nobody_gets_a_copy(post: Post) -> None:
    post.faults = ["554 looks like spam"]
    with pytest.raises(RefusedError, match="554 looks like spam"):
        mailbox_reply.reply(*post.what())
    post.server.refused["ana@correo.example"] = "550 no such mailbox"
    with pytest.raises(RefusedError, match="550 no such mailbox"):
        mailbox_reply.reply(*post.what())
    post.server.refused = {USER: "450 busy"}
    with pytest.raises(UnavailableError, match="450 busy"):
        mailbox_reply.reply(*post.what())
    assert post.server.taken == []
    target = post.target().model_copy(update={"native_id": f"1@correo.example#{'0' * 32}"})
    with pytest.raises(RefusedError, match="no longer in INBOX"):
        mailbox_reply.reply(CITY, post.dovecot.options(), post.secrets(), target, TEXT, "A-1")
    with pytest.raises(ConfigurationError, match="ESCUCHA_MAILBOX_PASSWORD"):
        mailbox_reply.reply(*post.what(mailbox_password=SecretStr("wrong"))[:3], target, TEXT, "A-1")


@pytest.mark.parametrize("poison", POISONS)
def test_a_mail_server_that_misbehaves_leaves_the_answer_unsent(post: Post, poison: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_S", 0.5)
    city, options, _, target, text, key = post.what()
    with toxic(poison, hello=b"220 ready\r\n") as server:
        away = post.secrets(mailbox_smtp_url=SecretStr(f"smtp://127.0.0.1:{server.port}"))
        with pytest.raises(UnavailableError):
            mailbox_reply.reply(city, options, away, target, text, key)
    assert post.letters() == []


def test_the_copy_has_a_date_of_now(post: Post) -> None:
    mailbox_reply.reply(*post.what())
    sent = post.letters()[0]["Date"].datetime
    assert abs((datetime.now(UTC) - sent).total_seconds()) < 60
