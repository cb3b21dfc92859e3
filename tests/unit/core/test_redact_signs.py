"""A pattern is sought only where its signs stand: however they are written, nothing is left in for want of being sought."""

import pytest

from core.privacy.redaction.text import redact


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("mira HTTPS://EJEMPLO.ES/ANA", "mira http"),
        ("mira WWW.EJEMPLO.ES", "mira http"),
        ("mira T.ME/ana", "mira http"),
        ("ana (ARROBA) gmail.com", "[email]"),
        ("ana[AT]hotmail.com", "[email]"),
        ("ana.BSKY.SOCIAL lo dijo", "@user lo dijo"),
        ("ana.bſKy.ſocial lo dijo", "@user lo dijo"),
        ("lo dijo u/ana_lopez", "lo dijo @user"),
        ("did:plc:z72i7hdynmk6r22z27h6tvur lo dijo", "@user lo dijo"),
        ("vivo en el piso B", "vivo en el [number]"),
        ("mi teléfono es el 612 345 678", "mi teléfono es el [number]"),
    ],
)
def test_however_it_is_written_it_is_found(text: str, hidden: str) -> None:
    assert redact(text).strip() == hidden
