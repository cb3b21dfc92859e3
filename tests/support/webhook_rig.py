"""Send case events to a receiver on loopback."""

import base64
import hashlib
from datetime import datetime
from pathlib import Path

import pytest

from core.config.city import City, load_city
from core.config.profile.webhooks import Webhook
from core.config.settings import Settings
from ledger.database import Ledger
from pipeline.context import Context
from pipeline.webhooks import send_webhooks
from tests.support.clock import set_clock
from tests.support.ledger_facts import SALT
from tests.support.receiver import Receiver, Taken

MADRID = load_city(Path(__file__).resolve().parents[2] / "cities" / "madrid.toml")
OLD_KEY, NEW_KEY = b"o" * 32, b"n" * 32
SECRETS = " ".join(f"whsec_{base64.b64encode(key).decode()}" for key in (NEW_KEY, OLD_KEY))
TYPE = "org.escucha.case."


def hook(url: str, **more: object) -> Webhook:
    return Webhook.model_validate({"url": url, "secret": "ESCUCHA_WEBHOOK_SECRET"} | more)


def context_of(ledger: Ledger, home: Path, *hooks: Webhook) -> Context:
    city: City = MADRID.model_copy(update={"webhooks": hooks})
    settings = Settings(home=home)
    return Context(city=city, settings=settings, salt=SALT, ledger=ledger, sources={}, city_path=MADRID.path)


def send_at(context: Context, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    set_clock(monkeypatch, moment)
    return send_webhooks(context)


def names(there: Receiver) -> list[str]:
    return [one.removeprefix(TYPE) for one in there.types()]


def signatures(taken: Taken) -> list[str]:
    return taken.headers["webhook-signature"].split(" ")


def by_hand(key: bytes, taken: Taken) -> str:
    """Compute the HMAC from its definition (RFC 2104)."""
    text = f"{taken.headers['webhook-id']}.{taken.headers['webhook-timestamp']}.".encode() + taken.body
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(one ^ 0x36 for one in padded) + text).digest()
    outer = hashlib.sha256(bytes(one ^ 0x5C for one in padded) + inner).digest()
    return f"v1,{base64.b64encode(outer).decode()}"
