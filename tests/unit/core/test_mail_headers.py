"""Links and message identifiers in mail headers, as other programs read them: raw, without Python's decoding."""

from email.message import EmailMessage

import pytest

from core.mail_headers import MAIL_POLICY

LONG = "<AM0PR04MB51234567890ABCDEF1234567890ABCDE@AM0PR04MB5123.eurprd04.prod.outlook.com>"
LINK = "<https://escucha.ayuntamiento.example.org/unsubscribe/88f89b666e3345b4/29e05924bb79a7f51ad48a9de02be108>"


@pytest.mark.parametrize(
    ("name", "value", "raw"),
    [
        ("List-Unsubscribe", LINK, LINK),
        ("Message-ID", LONG, LONG),
        ("In-Reply-To", LONG, LONG),
        ("X-Escucha-Attempt", LONG, LONG),
        ("References", f"{LONG} <a@b.example>", f"{LONG}\r\n <a@b.example>"),
    ],
)
def test_a_long_value_is_neither_broken_nor_encoded(name: str, value: str, raw: str) -> None:
    mail = EmailMessage(policy=MAIL_POLICY)
    mail[name] = value
    assert mail.as_bytes() == f"{name}: {raw}\r\n\r\n".encode()


def test_what_is_not_ascii_is_encoded_and_other_headers_are_folded() -> None:
    mail = EmailMessage(policy=MAIL_POLICY)
    mail["References"] = "<ñ@b.example>"
    mail["Subject"] = "Informe semanal · " * 9
    lines = mail.as_bytes().split(b"\r\n")
    assert b"".join(lines).isascii()
    assert max(map(len, lines)) <= 78


def test_no_line_can_be_added_by_a_value() -> None:
    mail = EmailMessage(policy=MAIL_POLICY)
    with pytest.raises(ValueError, match="linefeed"):
        mail["References"] = "<a@b.example>\r\nBcc: c@d.example"
