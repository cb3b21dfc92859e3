"""Make a portal over a small ledger: cases, an inbox, keys."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

from starlette.testclient import TestClient

from core.config import plugins
from core.config.city import City, load_city
from core.config.profile.open311 import Open311
from core.config.settings import Settings
from core.errors import ModelError
from core.records.post import Post
from ledger.database import Ledger
from pipeline.access import api_tokens
from pipeline.context import Context, now
from pipeline.sources import Source
from portal.app import create_app
from portal.open311.keys import make_key
from tests.support.ledger_facts import ALCALA, SALT, arrive, decide, into_case, post, read_all

MADRID = Path(__file__).resolve().parents[2] / "cities" / "madrid.toml"
LOCAL = "http://127.0.0.1:8803"
KEY, ENTRY = make_key("app")
LIGHTS_KEY, LIGHTS_ENTRY = make_key("lights", ["street_lighting"])
KEYS = f"{ENTRY},{LIGHTS_ENTRY}"
FORM = {
    "api_key": KEY,
    "service_code": "street_lighting",
    "description": "La farola lleva un mes fundida, no se ve nada por la noche",
    "address_string": "Plaza de Lavapiés 3",
}
"""A request that is accepted."""


def city_with(**options: object) -> City:
    """Return Madrid with these options of `[open311]`."""
    return load_city(MADRID).model_copy(update={"open311": Open311.model_validate(options)})


class ContextWithoutModel(Context):
    """Hold a context whose model's files are missing: reports wait for a pass, which the test runs with the labels it needs."""

    @property
    def annotator(self) -> NoReturn:
        """Refuse, as where a file of the model is missing."""
        raise ModelError("the model's files are missing")


def portal_context(home: Path, ledger: Ledger, city: City | None = None, keys: str = "", model: bool = False, **more: object) -> Context:
    """Open a context with an inbox without a token; with `model` it reads reports at once."""
    settings = Settings(home=home, portal_open311_keys=keys, **more)  # type: ignore[arg-type]
    module = plugins.load_plugin("collectors", "inbox", "test")
    inbox = Source("inbox", module, plugins.load_options("collectors", "inbox", {}, "test"), None, ["ESCUCHA_INBOX_TOKEN"])
    kind = Context if model else ContextWithoutModel
    return kind(city or load_city(MADRID), settings, SALT, ledger, {"inbox": inbox}, MADRID)


def client_of(context: Context, headers: dict[str, str] | None = None) -> TestClient:
    """Return a client of the portal on this machine."""
    return TestClient(create_app(context), base_url=LOCAL, client=("127.0.0.1", 50000), headers=headers)


def open_cases(ledger: Ledger, hours: Sequence[int], **fields: object) -> list[str]:
    """Open a case for each number of hours ago; return their keys.

    `fields`: of the case, such as topic or coordinates.
    """
    moment, keys = now(), []
    for number, ago in enumerate(hours):
        at = moment - timedelta(hours=ago)
        one = post(1000 + ago * 10 + number, created_at=at, received_at=at)
        keys.append(open_case(ledger, one, at, **fields))
    return keys


def open_case(ledger: Ledger, one: Post, at: datetime, **fields: object) -> str:
    """Open the case of this post at this time; return its key."""
    arrive(ledger, [one], source=one.source, now=at)
    read_all(ledger, now=at)
    (decision,) = into_case(one)
    assert decision.case is not None
    placed = {"lat": ALCALA.lat, "lon": ALCALA.lon, **fields}
    changed = decision.model_copy(update={"case": decision.case.model_copy(update=placed)})
    assert decide(ledger, [changed], now=at) == 1
    return decision.case.key


def bearer(ledger: Ledger, *scopes: str, name: str = "dashboard") -> dict[str, str]:
    """Make a token with these scopes; return the header that carries it."""
    return {"Authorization": f"Bearer {api_tokens.make(ledger, name, scopes, 30, 'console:eva')}"}
