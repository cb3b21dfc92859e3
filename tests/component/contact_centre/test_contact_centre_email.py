"""Test cases by e-mail: replies, late copies, refusals and broken servers."""

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contact_centre import OutcomeUnknownError, email
from contact_centre.email.mailbox import Stored
from contact_centre.email.numbers import NUMBER, message_id, number_of
from contact_centre.email.replies import events_of, external_status_of
from core import smtp
from core.config import plugins
from core.errors import ConfigurationError, EscuchaError, RefusedError, UnavailableError
from core.records.case import ExternalStatus
from tests.support.contact_centre_facts import MORNING
from tests.support.mail_rig import DEPARTMENT, PASSWORD, EmailRig, email_rig
from tests.support.toxic import POISONS, toxic

pytest_plugins = ["tests.support.mailbox_server"]
pytestmark = pytest.mark.timeout(600)
EXAMPLES = Path(__file__).parents[2] / "examples" / "contact_centre" / "email"
GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "department-mailbox.md"
SENDER = "escucha@ayto.test"


@pytest.fixture
def rig(imap_port: int, clean_environment: pytest.MonkeyPatch) -> Iterator[EmailRig]:
    with email_rig(imap_port) as found:
        for name, value in found.environment.items():
            clean_environment.setenv(name, value)
        yield found


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_each_conversation_means_what_stands_beside_it(path: Path) -> None:
    example = json.loads(path.read_text())
    stored = [Stored(uid, MORNING.replace(minute=uid), content.encode()) for uid, content in enumerate(example["messages"])]
    events = events_of(stored, example["number"], SENDER, frozenset({"dept.test"}), email.WORDS, "assigned")
    assert external_status_of(events) == ExternalStatus(**example["standing"])


def test_a_mailbox_without_any_message_of_a_ticket_says_so() -> None:
    assert external_status_of([]) is None


@pytest.mark.parametrize("key", ["case:1", "ñ'\\🗑️", "k" * 300, "\ud800"])
def test_a_number_is_the_same_for_ever_and_fits_every_header(key: str) -> None:
    assert number_of(key) == number_of(key)
    assert NUMBER.fullmatch(number_of(key))
    assert message_id(number_of(key), key, SENDER).isascii()
    assert len({number_of(f"{key}{n}") for n in range(1000)}) == 1000


@pytest.mark.slow
def test_what_is_sent(rig: EmailRig) -> None:
    number = rig.open("c:1")
    (mail,) = rig.taken(number)
    assert (mail["From"], mail["To"], mail["Reply-To"]) == (SENDER, DEPARTMENT, rig.user)
    assert mail["Subject"] == f"[{number}] Limpieza en Calle de Alcalá: contenedores llenos desde el lunes"
    assert mail["Message-ID"] == message_id(number, "", SENDER)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert f"Conserve [{number}] en el asunto al responder" in rig.text(number)
    rig.append(number, "c:1", "note:1")
    _, second = rig.taken(number)
    assert (second["In-Reply-To"], second["Subject"][:4]) == (mail["Message-ID"], "Re: ")
    assert [to for to, _ in rig.server.taken] == [DEPARTMENT, rig.user] * 2


@pytest.mark.slow
@pytest.mark.parametrize("sender", [SENDER, "escucha@sede.ayuntamiento-de-villanueva-de-la-serena.example"])
def test_a_copy_that_is_late_makes_the_next_run_wait_and_then_counts(rig: EmailRig, sender: str) -> None:
    rig.drops = rig.late = True
    with pytest.raises(OutcomeUnknownError, match="no answer after the text"):
        rig.open("c:1", sender=sender)
    rig.drops = False
    for _ in range(3):
        with pytest.raises(OutcomeUnknownError, match="our copy has not arrived"):
            rig.open("c:1", sender=sender)
    (mail,) = rig.taken("c:1")
    rig.put(mail.as_bytes())
    assert rig.open("c:1", sender=sender) == number_of("c:1")
    assert len(rig.taken("c:1")) == 1


@pytest.mark.slow
def test_after_the_time_to_settle_the_message_is_sent_again_with_the_same_id(rig: EmailRig) -> None:
    assert rig.child("email.marked:1", key="c:1") == -signal.SIGKILL
    assert rig.taken("c:1") == []
    with pytest.raises(OutcomeUnknownError):
        rig.open("c:1")
    assert rig.open("c:1", settle_minutes=0) == number_of("c:1")
    assert rig.tickets("c:1") == [number_of("c:1")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        ("550 no such mailbox", RefusedError, f"says to {DEPARTMENT}: 550 no such mailbox"),
        ("451 try later", UnavailableError, "451 try later"),
    ],
)
def test_a_recipient_that_is_refused_gets_nothing_and_our_copy_does_not_pass_for_it(
    rig: EmailRig, answer: str, kind: type[EscuchaError], says: str
) -> None:
    rig.server.refused[DEPARTMENT] = answer
    with pytest.raises(kind, match=says):
        rig.open("c:1")
    assert rig.server.taken == []
    rig.server.refused.clear()
    assert rig.open("c:1") == number_of("c:1")  # at once: nothing was sent, so nothing has to settle
    assert len(rig.taken("c:1")) == 1


@pytest.mark.slow
def test_a_report_that_the_case_came_back_hands_it_to_the_desk(rig: EmailRig) -> None:
    number = rig.open("c:1")
    example = json.loads((EXAMPLES / "undelivered.json").read_text())
    rig.put(example["messages"][1].replace(example["number"].lower(), number.lower()).encode())
    assert rig.state(number)[number].state == "gone"
    with pytest.raises(RefusedError, match="is not in the mailbox"):
        rig.append(number, "c:1", "note:1")


@pytest.mark.slow
def test_only_what_changed_since_then_is_told(rig: EmailRig) -> None:
    number = rig.open("c:1")
    assert rig.state(number, since=datetime.now(UTC) + timedelta(hours=1)) == {}
    rig.reply(number, "Vamos", sender="jefa@ayto.test")
    assert rig.state(number)[number].state == "assigned"  # our own domain replies as well
    rig.reply(number, "Resuelto", sender="otra@contrata.test")
    assert rig.state(number)[number].state == "assigned"


@pytest.mark.slow
@pytest.mark.parametrize("poison", POISONS)
def test_a_mailbox_that_cannot_be_asked_is_given_up_and_nothing_is_sent(rig: EmailRig, poison: str) -> None:
    hello = b"" if poison == "closed" else b"* OK ready\r\n"
    with toxic(poison, hello=hello) as server, pytest.raises(UnavailableError, match=r"127\.0\.0\.1"):
        rig.open("c:1", imap_port=server.port, timeout_s=1)
    assert rig.server.taken == []


@pytest.mark.slow
@pytest.mark.parametrize("poison", POISONS)
def test_a_mail_server_that_cannot_be_asked_is_given_up_and_asked_again_at_once(
    rig: EmailRig, poison: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with toxic(poison) as server, pytest.MonkeyPatch.context() as hasty:
        hasty.setattr(smtp, "TIMEOUT_S", 1.0)
        monkeypatch.setenv("ESCUCHA_SMTP_URL", f"smtp://127.0.0.1:{server.port}")
        with pytest.raises(UnavailableError, match="does not answer as a mail server"):
            rig.open("c:1")
    monkeypatch.setenv("ESCUCHA_SMTP_URL", rig.environment["ESCUCHA_SMTP_URL"])
    assert rig.open("c:1") == number_of("c:1")
    assert len(rig.taken("c:1")) == 1


@pytest.mark.slow
def test_a_mail_server_that_freezes_with_the_text_is_unknown(rig: EmailRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email.outgoing, "HAND_OVER_S", 3.0)
    monkeypatch.setattr(smtp, "GOODBYE_S", 0.3)
    with toxic("well", upstream=rig.server.port) as between:
        monkeypatch.setenv("ESCUCHA_SMTP_URL", f"smtp://127.0.0.1:{between.port}")
        real = email.outgoing._answered

        def freeze_after_recipients(what: str, answer: tuple[int, bytes], refusal: type[EscuchaError]) -> None:
            real(what, answer, refusal)
            if what == rig.user:
                between.poison = "freeze"

        monkeypatch.setattr(email.outgoing, "_answered", freeze_after_recipients)
        with pytest.raises(OutcomeUnknownError, match="no answer after the text"):
            rig.open("c:1")


@pytest.mark.slow
def test_queues_of_departments_must_be_mailboxes(rig: EmailRig) -> None:
    from tests.support.contact_centre_facts import a_city

    with pytest.raises(ConfigurationError, match="queue 'Alumbrado' is no mail address"):
        email.check(a_city(), rig.options(), rig.secrets())


@pytest.mark.slow
def test_no_secret_is_in_a_message_of_an_error(rig: EmailRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_CONTACT_MAILBOX_PASSWORD", f"{PASSWORD}-canary")
    with pytest.raises(ConfigurationError, match="set ESCUCHA_CONTACT_MAILBOX_PASSWORD") as raised:
        rig.check()
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"to": "Limpieza"}, "to"),
        ({"sender": "a@b.test\r\nBcc: c@d.test"}, "sender"),
        ({"imap_security": "maybe"}, "imap_security"),
        ({"imap_folder": 'IN"BOX\r\n'}, "imap_folder"),
        ({"statuses": {"hecho": "done"}}, "statuses.hecho"),
    ],
)
def test_a_wrong_option_is_refused_with_its_name(wrong: dict[str, object], says: str) -> None:
    table = {"to": "a@b.test", "sender": SENDER, "mailbox": "m@b.test", "imap_host": "h", "imap_user": "u", **wrong}
    with pytest.raises(ConfigurationError, match=f"key '{says}'"):
        plugins.load_options("contact_centre", "email", table, "madrid.toml")


def test_every_option_and_variable_stands_in_the_guide() -> None:
    guide = GUIDE.read_text()
    variables = [f"ESCUCHA_{name.upper()}" for name in email.Secrets.model_fields]
    assert [name for name in [*email.Options.model_fields, *variables] if f"`{name}`" not in guide] == []
