"""The portal wears the colour and the logo of the council, as the desk does: it had those of Escucha, whatever the profile said."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.config.city import load_city
from core.config.profile.identity import Identity, contrast
from core.config.settings import Settings
from ledger.database import Ledger
from portal.app import create_app
from portal.pages.identity import styles
from portal.static_files import write_files
from tests.support.portal_facts import LOCAL, MADRID, portal_context

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>'
DARK_PAPER = "#1c252d"


def client_of(ledger: Ledger, folder: Path, identity: Identity) -> TestClient:
    city = load_city(MADRID).model_copy(update={"identity": identity, "path": folder / "villa.toml", "gazetteer_folder": None})
    return TestClient(create_app(portal_context(folder, ledger, city)), base_url=LOCAL)


def test_the_pages_have_the_colour_and_logo_of_the_council(portal_ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "escudo.svg").write_bytes(SVG)
    client = client_of(portal_ledger, tmp_path, Identity(colour="#8a1538", logo="escudo.svg"))
    page = client.get("/notice").text
    links = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert "--main: #8a1538" in client.get(links[-1]).text, "the council's colour comes after ours"
    address = re.search(r'<img src="([^"]+)"', page)
    assert address is not None
    assert client.get(address[1]).content == SVG


def test_without_a_logo_or_with_a_damaged_one_ours_is_shown(portal_ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "escudo.png").write_bytes(b"no picture")
    ours = client_of(portal_ledger, tmp_path, Identity()).get("/static/logo/logo.svg")
    damaged = client_of(portal_ledger, tmp_path, Identity(logo="escudo.png"))
    assert b"<svg" in ours.content
    assert damaged.get("/static/logo/logo.png").content == ours.content
    assert damaged.get("/static/logo/logo.svg").status_code == 404


@pytest.mark.parametrize("colour", ["#0b4f6c", "#8a1538", "#00612e", "#111111", "#767676"])
def test_every_colour_can_be_read_on_light_and_dark_pages(colour: str) -> None:
    light, dark = (dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in styles(Identity(colour=colour)).split("@media"))
    assert contrast(light["main"], "#ffffff") >= 4.5
    assert contrast(light["onmain"], light["main"]) >= 4.5
    assert contrast(dark["main"], DARK_PAPER) >= 4.5
    assert contrast(dark["onmain"], dark["main"]) >= 4.5


def test_a_web_server_in_front_gets_them_as_files(portal_ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "escudo.svg").write_bytes(SVG)
    client = client_of(portal_ledger, tmp_path, Identity(colour="#8a1538", logo="escudo.svg"))
    settings = Settings(home=tmp_path)
    write_files(client.app, settings)  # type: ignore[arg-type]
    assert "#8a1538" in (settings.portal_folder / "static" / "identity.css").read_text(encoding="utf-8")
    assert (settings.portal_folder / "static" / "logo" / "logo.svg").read_bytes() == SVG
