"""Each network's own grammar of handles: its published valid lists go whole, what is no handle stays."""

from pathlib import Path

import pytest

from core.privacy.redaction.text import redact

NETWORKS = Path(__file__).parents[2] / "gold" / "networks"
KEEP = ("@MADRID", "@madrid.bsky.social")


def published(name: str) -> list[str]:
    lines = (NETWORKS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("handle", published("bluesky_handles_valid"))
def test_every_valid_bluesky_handle_goes_whole(handle: str) -> None:
    assert redact(f"oye @{handle} mira", keep=KEEP) == "oye @user mira"


@pytest.mark.parametrize("did", published("dids_valid"))
def test_every_valid_did_goes_whole(did: str) -> None:
    assert redact(f"es ({did}) quien lo dijo", keep=KEEP) == "es (@user) quien lo dijo"


@pytest.mark.parametrize("word", published("bluesky_handles_invalid"))
def test_what_is_no_handle_stays(word: str) -> None:
    assert redact(f"lo pone {word} ahí", keep=KEEP) == f"lo pone {word} ahí"


# Mastodon: [a-z0-9_]+([a-z0-9_.-]+[a-z0-9_]+)? and @ and a domain; Discourse: letters of any script, digits, _ . -
# YouTube: also the middle dot
NAMES = ["ana", "ana_9", "ana.garcia", "ana-garcia", "a.b-c_d", "ñandú-pérez", "0ana", "_ana_", "ana_"]
SERVERS = ["mastodon.social", "xn--pea-8ma.es", "social.ayto-ejemplo.es", "a.b.example.org"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("server", SERVERS)
def test_a_mastodon_account_goes_whole_with_and_without_its_sign(name: str, server: str) -> None:
    assert redact(f"dice @{name}@{server}, y ya") == "dice @user, y ya"
    assert redact(f"dice {name}@{server}, y ya") in ("dice [email], y ya", "dice _[email], y ya")


@pytest.mark.parametrize("name", [*NAMES, "ana·garcia", "juan-carlos", "x-y-z-9"])
def test_a_name_with_any_separator_goes_whole(name: str) -> None:
    assert redact(f"¿@{name}? sí") == "¿@user? sí"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Oye @ana-garcia.bsky.social", "Oye @user"),
        ("@maria-lopez.es lo dijo", "@user lo dijo"),
        ("@ana-garcia@mastodon.social", "@user"),
        ("Oye @ana@127.0.0.1:39371 mira", "Oye @user mira"),
        ("@ana@social.ayto-ejemplo.es:8443.", "@user."),
        ("@MADRID@mastodon.social:8443 gracias", "@MADRID@mastodon.social:8443 gracias"),
        ("con @ana:39371 no, y @ana@mastodon.social: no", "con @user:39371 no, y @user: no"),
        ("@xn--pea-8ma.es", "@user"),
        ("@juan-carlos", "@user"),
        ("youtube.com/@ana-garcia", "http"),
        ("youtube.com/channel/UC4QobU6STFB0P71PMvOGN5A", "http"),
        ("mastodon.social/@luis-perez", "http"),
        ("tiktok.com/@pepito_vk", "http"),
        ("/u/gato_1 y u/gato-2", "@user y @user"),
        ("mi insta es pepito_vk", "mi insta es @user"),
        ("IG: pepito_vk", "IG: @user"),
        ("mi usuario de telegram es rosa.mdz", "mi usuario de telegram es @user"),
        ("soy pepito_vk en instagram", "soy @user en instagram"),
    ],
)
def test_the_handles_of_the_review_go_whole(text: str, left: str) -> None:
    assert redact(text, keep=KEEP) == left


@pytest.mark.parametrize(
    "text",
    [
        "madrid.es/residuos",
        "la web decide.madrid.es",
        "@madrid.bsky.social y @MADRID",
        "Twitter es útil",
        "mi instagram no funciona",
        "y/u otros",
        "los vecin@s",
        "r/Madrid",
    ],
)
def test_what_is_no_account_or_the_citys_own_stays(text: str) -> None:
    assert redact(text, keep=KEEP) == text
