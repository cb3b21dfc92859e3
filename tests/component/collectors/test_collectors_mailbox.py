"""Letters as they come: what is taken of them, what is left out, and that no letter however made stops the reading."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from collectors import mailbox
from collectors.mailbox.quoting import strip_quotations, subject_of
from core.config.city import load_city
from core.imap import quoted_folder
from core.privacy.pseudonymise import pseudonymise
from core.privacy.pseudonyms import post_id
from core.records import Json
from core.records.collection import Page
from core.records.post import Raw, Rejected
from ledger import read
from tests.support.played import Played
from tests.support.seeded import SALT

pytest_plugins = ("tests.support.played_fixtures",)

CITY = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
HEAD = b"Message-ID: <1@correo.example>\r\nFrom: ana@correo.example\r\nSubject: Bache\r\n"


def parsed(mail: bytes, size: int | None = None) -> Raw | Rejected:
    item: Json = {"uid": 1, "size": size or len(mail), "received": "2026-11-24T12:30:00+01:00", "mail": mail.decode("latin-1")}
    return mailbox.parse({"item": item, "place": "p", "received_at": "2026-11-24T12:00:00+00:00"})


def text_of(mail: bytes) -> str:
    found = parsed(mail)
    assert isinstance(found, Raw), found
    return found.text


def reason_of(mail: bytes, size: int | None = None) -> str:
    found = parsed(mail, size)
    assert isinstance(found, Rejected), found
    return found.reason


@pytest.mark.parametrize(
    ("charset", "content"),
    [
        ("us-ascii", "Año".encode()),
        ("iso-8859-1", "Año".encode()),
        ("utf-8", "Año".encode("cp1252")),
        ("no-such-charset", "Año".encode("cp1252")),
        ("iso-8859-15", "Año".encode("iso-8859-15")),
        ("", "Año".encode("cp1252")),
        ("utf-16-le", "Año".encode("utf-16-le")),
    ],
)
def test_a_charset_that_lies_garbles_nothing(charset: str, content: bytes) -> None:
    said = f"Content-Type: text/plain; charset={charset}\r\n".encode() if charset else b""
    assert text_of(HEAD + said + b"\r\n" + content) == "Bache. Año"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Sigue igual.\n\n> Hemos avisado\n> al servicio", "Sigue igual."),
        ("El lun, 2 nov 2026 a las 9:00, X (<x@y.example>) escribió:\n> a\n\nSigue igual.", ""),
        ("Hola\n\nOn Mon, Nov 2, 2026 at 9:00 AM X <x@y.example> wrote:\n\n> a", "Hola"),
        ("Hola\n\n-----Mensaje original-----\nDe: X\nEnviado: hoy\n\nlo de antes", "Hola"),
        ("Hola\n________________________________\nDe: X <x@y.example>\nEnviado: lunes\nPara: Z\n\nlo de antes", "Hola"),
        ("Hola\n\nDe: X\nFecha: lunes\nAsunto: Y\n\nlo de antes", "Hola"),
        ("Hola\n-- \nAna\n600 123 123", "Hola"),
        ("Hola\n\nEnviado desde mi Samsung", "Hola"),
        ("Hola\r\n\r\n> eso decían\r\n\r\nY no es verdad", "Hola\n\n\nY no es verdad"),
        # what people write by hand stays
        ("De: la calle Mayor a la plaza no pasa nadie\nnada más", "De: la calle Mayor a la plaza no pasa nadie\nnada más"),
        ("El vecino del 3 me escribió:\nque le molesta", "El vecino del 3 me escribió:\nque le molesta"),
        ("Dos cosas\n--- y otra\nfin", "Dos cosas\n--- y otra\nfin"),
        ("> solo lo de antes", "> solo lo de antes"),
        ("-- \nAna", "-- \nAna"),
    ],
)
def test_only_what_mail_programs_mark_is_cut_and_never_all(text: str, own: str) -> None:
    assert strip_quotations(text) == (own or text)


def test_quotations_inside_a_web_page_are_cut_and_a_page_of_nothing_else_is_kept() -> None:
    kind = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    page = b"<p>Sigue igual</p><blockquote type=cite><div class=gmail_quote>antes</div></blockquote>"
    assert text_of(HEAD + kind + page) == "Bache. Sigue igual"
    assert text_of(HEAD + kind + b"<div class=gmail_quote>antes</div>") == "Bache. antes"


def test_subjects_lose_their_re_and_its_like() -> None:
    assert [subject_of(text) for text in ("Re: RV: Fwd: Bache", "RE[2]: Bache", "Recogida", "re:re: ")] == [
        "Bache",
        "Bache",
        "Recogida",
        "",
    ]


def test_a_forwarded_letter_and_other_attachments_are_not_opened() -> None:
    mail = (
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nsecreto\r\n"
        b'--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="a.txt"\r\n\r\nsecreto\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nHola\r\n--b--\r\n"
    )
    assert text_of(mail) == "Bache. Hola"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (b"Auto-Submitted: auto-generated\r\n", "automatic"),
        (b"Precedence: bulk\r\n", "automatic"),
        (b"Return-Path: <>\r\n", "automatic"),
        (b"Content-Type: multipart/report; boundary=x\r\n", "automatic"),
        (b"X-Spam-Flag: YES\r\n", "spam"),
    ],
)
def test_what_no_person_wrote_is_refused_with_its_reason(more: bytes, reason: str) -> None:
    assert reason_of(HEAD + more + b"\r\nHola\r\n") == reason


@pytest.mark.parametrize(
    "mail",
    [
        b"Message-ID: <1@x>\r\nFrom: " + b"(" * 5_000 + b"a" + b")" * 5_000 + b" <a@b.example>\r\n\r\nHola",
        HEAD + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3_000)),
    ],
    ids=["brackets", "parts"],
)
def test_a_letter_of_brackets_or_parts_without_end_is_one_reject(mail: bytes) -> None:
    assert reason_of(mail) == "too_deep"


def test_of_a_letter_cut_at_the_limit_whole_words_are_kept_and_half_ones_are_counted() -> None:
    head = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    words = b"--b\r\nContent-Type: text/plain\r\n\r\nHola\r\n"
    photo = b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K"
    cut = parsed(head + words + photo, size=9_000_000)
    assert isinstance(cut, Raw)
    assert cut.text == "Bache. Hola"
    assert reason_of(head + photo, size=9_000_000) == "too_large"  # its words stand behind what was fetched
    assert reason_of(HEAD + b"\r\nHol", size=9_000_000) == "too_large"


MONSTERS = [
    b"",
    b"\0\0\0",
    b"\r\n\r\n",
    HEAD.replace(b"ana@", b"=?utf-8?Q?=ZZ?= <<<ana@") + b"\r\nHola",
    HEAD + b"Date: Tue, 99 Foo 20266 25:61:61 +9999\r\n\r\nHola",
    HEAD + b"Content-Type: text/plain; charset==?x?\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%=",
    HEAD + b"Content-Type: multipart/mixed\r\n\r\nno boundary",
    HEAD + b"Subject: =?utf-7?Q?+ADw-?= =?unknown?B?AAAA?= =?utf-8?B?a?=\r\n\r\nHola",
    HEAD + b"References: " + b"<a@b> " * 20_000 + b"\r\n\r\nHola",
    HEAD + b"\r\n" + b"El a a a escribio:\r\n" * 12_000,
    HEAD + b"\r\n" + "El vecino escribió:\r\n".encode() * 12_000,
    HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 40_000 + b"Hola",
    HEAD + b"Content-Type: text/html\r\n\r\n" + b"<blockquote type=cite>" * 5_000 + b"Hola",
    HEAD + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3_000)),
]
"""Letters made to stop the reading, or to cost time: tests/perf/test_hostile_texts.py measures it."""


@pytest.mark.parametrize("mail", MONSTERS, ids=range(len(MONSTERS)))
def test_no_letter_however_made_stops_the_reading(mail: bytes) -> None:
    assert isinstance(parsed(mail), Raw | Rejected)


def test_the_sender_is_hidden_and_his_signature_too() -> None:
    mail = b"Message-ID: <1@x>\r\nFrom: =?utf-8?Q?Garc=C3=ADa?=, Ana <ana@correo.example>\r\n\r\nSoy Ana. Un saludo"
    found = parsed(mail.replace(b"=?utf-8?Q?Garc=C3=ADa?=, Ana", '"García, Ana"'.encode()) + "\r\nAna García".encode())
    assert isinstance(found, Raw)
    post = pseudonymise(found, CITY, b"0123456789abcdef")
    assert post.text == "Soy [name]. Un saludo\n[name]"
    assert "correo.example" not in post.model_dump_json()


def letter(words: str, message_id: str = "formulario@ayto.example", **more: str) -> Raw:
    heads = {"message-id": f"<{message_id}>", "from": "web@ayto.example", "date": "Tue, 24 Nov 2026 09:00:00 +0100"}
    heads |= {name.replace("_", "-"): value for name, value in more.items()}
    found = parsed("".join(f"{name}: {value}\r\n" for name, value in heads.items()).encode() + b"\r\n" + words.encode())
    assert isinstance(found, Raw), found
    return found


@pytest.fixture
def town(played: Callable[..., Played]) -> Played:
    """A house whose one source is the mailbox."""
    made = played()
    made.context.sources["x"].name = "mailbox"
    return made


def stored(town: Played) -> list[str]:
    return sorted(fact.text for fact in read.post_records(town.ledger))


@pytest.mark.parametrize(
    "more",
    [{}, {"date": ""}, {"from": "ana@correo.example"}, {"date": "Tue, 24 Nov 2026 10:00:00 +0100"}],
    ids=["all the same", "no date", "another sender", "another date"],
)
def test_letters_with_one_message_id_are_letters_of_their_own_and_none_replaces_another(town: Played, more: dict[str, str]) -> None:
    town.collect(Page(raws=(letter("Un bache en la calle Toledo"),), cursor={}))
    counts = town.collect(Page(raws=(letter("Una farola fundida", **more),), cursor={}))
    assert (counts["stored"], counts["updated"]) == (1, 0)
    assert stored(town) == ["Un bache en la calle Toledo", "Una farola fundida"]


def test_a_letter_that_is_read_again_is_the_same_letter(town: Played) -> None:
    town.collect(Page(raws=(letter("Un bache"),), cursor={}))
    assert town.collect(Page(raws=(letter("Un bache"),), cursor={}))["duplicate"] == 1


def test_an_answer_stands_in_the_conversation_of_the_first_letter(town: Played) -> None:
    first = letter("Un bache", "1@correo.example")
    second = letter("Sigue igual", "2@correo.example", in_reply_to="<1@correo.example>")
    third = letter("Y hoy", "3@correo.example", references="<1@correo.example> <2@correo.example>")
    town.collect(Page(raws=(first, second, third, letter("Otra cosa")), cursor={}))
    conversation = post_id(SALT, "mailbox", "1@correo.example")
    assert {fact.text for fact in read.thread(town.ledger, conversation)} == {"Un bache", "Sigue igual", "Y hoy"}


def test_a_letter_signed_with_the_citys_name_is_a_citizens() -> None:
    found = parsed(b'Message-ID: <1@x>\r\nFrom: "Madrid" <x@gmail.example>\r\n\r\nUn bache en la calle Toledo, Madrid')
    assert isinstance(found, Raw)
    post = pseudonymise(found, CITY, b"0123456789abcdef")
    assert (post.own, post.text) == (False, "Un bache en la calle Toledo, Madrid")


@pytest.mark.parametrize(("folder", "wire"), [("INBOX", '"INBOX"'), ("Quejas/Año & más", '"Quejas/A&APE-o &- m&AOE-s"')])
def test_a_folder_is_named_as_imap_writes_it(folder: str, wire: str) -> None:
    assert quoted_folder(folder) == wire


@pytest.mark.parametrize("table", [{}, {"host": "mail.ayto.example"}, {"host": "x", "user": "y", "security": "ssl"}], ids=str)
def test_a_table_without_server_or_user_or_with_an_unknown_way_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        mailbox.Options.model_validate(table)
