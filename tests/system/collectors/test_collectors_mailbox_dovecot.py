"""The mailbox collector on Dovecot, a real IMAP server (Debian package dovecot-imapd), over TLS."""

import imaplib
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from collectors import mailbox
from core.config.city import load_city
from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget
from tests.support import collector_runs
from tests.support.stubs.proxy import Authority

ROOT = Path(__file__).resolve().parents[3]
CITY = load_city(ROOT / "cities" / "madrid.toml")
USER = "quejas@ayto.example"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("dovecot", path="/usr/bin:/usr/sbin:/usr/local/sbin") is None,
        reason="Dovecot is not installed: apt-get install --no-install-recommends dovecot-imapd",
    ),
]


@dataclass
class Dovecot:
    port: int
    tls_port: int
    password: str
    mail: Path
    authority: Path

    def client(self) -> imaplib.IMAP4_SSL:
        trusted = ssl.create_default_context(cafile=str(self.authority))
        client = imaplib.IMAP4_SSL("localhost", self.tls_port, ssl_context=trusted, timeout=60)
        client.login(USER, self.password)
        return client

    def put(self, count: int, first: int = 1, at: datetime | None = None, folder: str = "INBOX") -> None:
        """Delivers letters; `at` is when the server believes they came in."""
        client = self.client()
        for n in range(first, first + count):
            letter = f"Message-ID: <{n}@correo.example>\r\nFrom: v{n}@correo.example\r\nSubject: Bache\r\n\r\nHay un bache {n}\r\n"
            moment = imaplib.Time2Internaldate(at) if at else None
            client.append(folder, None, moment, letter.encode())  # None: not given
        client.logout()

    def options(self, **changed: object) -> mailbox.Options:
        table = {"host": "localhost", "port": self.tls_port, "user": USER}
        return mailbox.Options.model_validate(table | changed)

    def read(self, cursor: Json | None = None, pages: int = 50, kill_after: int = 0, **changed: object) -> collector_runs.Run:
        done, now = collector_runs.Run(cursor=cursor), datetime.now(UTC)
        secrets = mailbox.Secrets(mailbox_password=SecretStr(self.password))
        stream = mailbox.collect(CITY, self.options(**changed), secrets, cursor, Budget(now, now, pages))
        try:
            for page in stream:
                done.took(page)
                if done.pages == kill_after:
                    stream.close()  # type: ignore[attr-defined]
                    break
        except SourceError as error:
            done.error = error
        return done


@pytest.fixture
def dovecot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dovecot]:
    authority = Authority(tmp_path)
    authority.tls("localhost")
    pem = tmp_path / "localhost.pem"  # key and certificate in one
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with tempfile.TemporaryDirectory() as parent:  # pytest's own folders are closed to the server's user
        Path(parent).chmod(0o711)
        scratch = Path(parent) / "dovecot"
        command: list[str | Path] = [ROOT / ".ci" / "dovecot", "start", scratch, pem, pem]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode == 3:
            pytest.skip(answer.stderr.strip())  # an older Dovecot, whose settings have other names
        assert answer.returncode == 0, answer.stderr
        port, tls_port, _, password, mail = answer.stdout.split()
        try:
            yield Dovecot(int(port), int(tls_port), password, Path(mail), authority.path)
        finally:
            subprocess.run([ROOT / ".ci" / "dovecot", "stop", scratch], check=True)


def ids(first: int, last: int) -> list[str]:
    return [f"{n}@correo.example" for n in range(first, last + 1)]


def message_ids(done: collector_runs.Run) -> list[str]:
    """Of the letters that were read, in their order."""
    return [native_id.partition("#")[0] for native_id in done.ids]


def test_a_burst_over_a_cap_is_finished_by_later_runs_in_order_and_read_once(dovecot: Dovecot) -> None:
    dovecot.put(230)
    first = dovecot.read(pages=3)
    assert message_ids(first) == ids(1, 75)
    second = dovecot.read(first.cursor)
    assert message_ids(second) == ids(76, 230)
    assert dovecot.read(second.cursor).ids == []
    dovecot.put(1, first=231)
    assert message_ids(dovecot.read(second.cursor)) == ids(231, 231)


def test_what_a_run_does_not_come_to_is_a_gap_until_it_is_read(dovecot: Dovecot) -> None:
    dovecot.put(60)
    first = dovecot.read(pages=1)
    assert [(gap.stream, gap.newer_than, gap.reason) for gap in first.gaps] == [("INBOX", "25", "page_cap")]
    second = dovecot.read(first.cursor, pages=1)
    assert [gap.newer_than for gap in second.gaps] == ["50"]
    assert (first.filled, second.filled) == ([], [])
    third = dovecot.read(second.cursor, pages=1)
    assert (third.gaps, third.filled) == ([], ["INBOX"])
    assert dovecot.read(third.cursor).filled == []


def test_a_gap_is_closed_when_staff_moved_the_rest_away_before_it_was_read(dovecot: Dovecot) -> None:
    dovecot.put(30)
    first = dovecot.read(pages=1)
    client = dovecot.client()
    client.select("INBOX")
    client.store("26:30", "+FLAGS", r"(\Deleted)")
    client.expunge()
    client.logout()
    second = dovecot.read(first.cursor)
    assert (second.ids, second.filled) == ([], ["INBOX"])
    dovecot.put(1, first=31)
    assert message_ids(dovecot.read(second.cursor)) == ids(31, 31)


@pytest.mark.parametrize("killed_after", [1, 2])
def test_a_kill_after_any_page_loses_and_doubles_nothing(dovecot: Dovecot, killed_after: int) -> None:
    dovecot.put(60)
    killed = dovecot.read(kill_after=killed_after)
    assert [*message_ids(killed), *message_ids(dovecot.read(killed.cursor))] == ids(1, 60)


def test_reading_marks_nothing_and_deletes_nothing(dovecot: Dovecot) -> None:
    dovecot.put(3)
    assert len(dovecot.read().ids) == 3
    client = dovecot.client()
    client.select("INBOX", readonly=True)
    assert client.uid("SEARCH", "UNSEEN")[1] == [b"1 2 3"]
    assert client.uid("SEARCH", "RECENT")[1] != [b""]  # not even that somebody has looked
    client.logout()


def test_a_letter_that_staff_deleted_or_moved_loses_no_other(dovecot: Dovecot) -> None:
    dovecot.put(5)
    first = dovecot.read()
    client = dovecot.client()
    client.select("INBOX")
    client.uid("STORE", "4:5", "+FLAGS", r"(\Deleted)")
    client.expunge()
    client.logout()
    assert dovecot.read(first.cursor).ids == []
    dovecot.put(2, first=6)
    assert message_ids(dovecot.read(first.cursor)) == ids(6, 7)


def test_a_mailbox_that_is_numbered_anew_is_read_again_as_far_as_the_look_back_and_loses_nothing(dovecot: Dovecot) -> None:
    dovecot.put(1, at=datetime.now(UTC) - timedelta(days=30))
    dovecot.put(4, first=2)
    first = dovecot.read()
    assert message_ids(first) == ids(2, 5)  # the one of last month is older than the first look back
    time.sleep(1.1)  # the new number of the mailbox is a time in seconds
    for lost in dovecot.mail.glob("dovecot[-.]*"):  # as after a move to another server: numbering begins anew
        lost.unlink()
    dovecot.put(3, first=6)
    again = dovecot.read(first.cursor)
    assert set(message_ids(again)) == set(ids(2, 8))
    assert set(first.ids) < set(again.ids)  # what was read before is known again
    assert again.cursor["validity"] != first.cursor["validity"]  # type: ignore[index]


def test_only_the_first_bytes_of_a_large_letter_are_fetched(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    head = b'Message-ID: <big@x>\r\nFrom: a@b.example\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    words = b"--b\r\nContent-Type: text/plain\r\n\r\nHola\r\n"
    photo = b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"A" * 3_000_000
    client = dovecot.client()
    client.append("INBOX", None, None, head + words + photo)
    client.append("INBOX", None, None, head.replace(b"big", b"gib") + photo)
    client.logout()
    fetched: list[int] = []
    read = imaplib.IMAP4.read

    def counted(client: imaplib.IMAP4, size: int) -> bytes:
        fetched.append(size)
        return read(client, size)

    monkeypatch.setattr(imaplib.IMAP4, "read", counted)
    done = dovecot.read(max_bytes=8192)
    assert message_ids(done) == ["big@x"]
    assert done.rejected == 1
    assert 0 < sum(fetched) <= 2 * 8192


def test_folders_in_spanish_and_starttls_work(dovecot: Dovecot) -> None:
    client = dovecot.client()
    client.create('"A&APE-o 2026"')
    client.logout()
    dovecot.put(2, folder='"A&APE-o 2026"')
    done = dovecot.read(folder="Año 2026", port=dovecot.port, security="starttls")
    assert message_ids(done) == ids(1, 2), done.error


def test_check_counts_the_letters_and_refusals_are_said_in_words(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    dovecot.put(2)
    right = mailbox.Secrets(mailbox_password=SecretStr(dovecot.password))
    assert mailbox.check(CITY, dovecot.options(), right) == f"{USER} at localhost answers: 2 messages in INBOX"
    wrong = mailbox.Secrets(mailbox_password=SecretStr("contraseña-de-test"))
    with pytest.raises(SourceError, match="set ESCUCHA_MAILBOX_PASSWORD") as refused:
        mailbox.check(CITY, dovecot.options(), wrong)
    assert refused.value.fatal
    assert "contraseña-de-test" not in str(refused.value)
    with pytest.raises(SourceError, match="has no folder 'Nada': set folder"):
        mailbox.check(CITY, dovecot.options(folder="Nada"), right)
    with pytest.raises(SourceError, match="gave no usable answer"):
        mailbox.check(CITY, dovecot.options(port=dovecot.port, timeout_s=3), right)  # TLS where none is spoken
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(SourceError, match="its certificate is not trusted"):
        mailbox.check(CITY, dovecot.options(), right)


def test_a_server_that_is_down_is_tried_again_later(dovecot: Dovecot) -> None:
    down = dovecot.read(port=1)
    assert down.error is not None
    assert down.error.retry_after == 60
    assert not down.error.fatal
