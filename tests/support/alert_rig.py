"""Save views with alerts, and send them at a given moment."""

import base64
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.config.city import load_city
from core.config.profile.saved_views import SavedViews
from core.config.profile.webhooks import Webhook
from core.config.settings import Settings
from ledger import read
from ledger.database import Ledger
from ledger.processing import annotations
from ledger.system import users
from pipeline import saved_views
from pipeline.context import Context
from pipeline.steps.alert import alert as send_alerts
from tests.support.clock import set_clock
from tests.support.ledger_facts import LEASE, NOW, SALT, arrive, post, reading
from tests.support.mail_server import MailServer
from tests.support.receiver import Receiver

MADRID = load_city(Path(__file__).resolve().parents[2] / "cities" / "madrid.toml")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOISE = "period=30d&topic=noise"
ANA = "ana@ayto.test"


def at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, moment)


def run_at(context: Context, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    at(moment, monkeypatch)
    return send_alerts(context)


def write(ledger: Ledger, count: int, topic: str = "noise", moment: datetime = NOW, source: str = "mastodon") -> list[str]:
    """Store labelled posts; return their ids."""
    begin = len(list(read.post_records(ledger)))
    posts = [
        post(begin + n, source, created_at=moment, received_at=moment, author=f"{begin + n:032x}", text=f"Ruido {begin + n}")
        for n in range(1, count + 1)
    ]
    arrive(ledger, posts, source)
    while claimed := annotations.claim_pending(ledger, "reader", 100, NOW, LEASE):
        annotations.store_annotations(ledger, "reader", [reading(one, topic=topic) for one in claimed], [], NOW)
    return [one.post_id for one in posts]


def alert(
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
    query: str = NOISE,
    hook: Receiver | None = None,
    hour: int | None = None,
    moment: datetime = NOW,
    page: saved_views.ViewPage = "posts",
) -> str:
    """Save a view of ana's and alert her; return the view."""
    at(moment, monkeypatch)
    view = saved_views.save(context, "ana", page, f"Ruido {query}"[:80], query, False)
    saved_views.set_alert(context, view, "ana", "mail" if hook is None else f"webhook {hook.url}", hour)
    return view


SECRET = f"whsec_{base64.b64encode(b'k' * 32).decode()}"


def hook_to(there: Receiver) -> Webhook:
    """Return a webhook to this receiver, signed with SECRET."""
    return Webhook.model_validate({"url": there.url, "secret": "ESCUCHA_WEBHOOK_SECRET"})


def context_of(ledger: Ledger, server: MailServer, there: Receiver, home: Path) -> Context:
    """Return a context with a lead who has an address, an agent, a mail server and a webhook."""
    limits = SavedViews(per_person=3, told_per_hour=4)
    city = MADRID.model_copy(update={"webhooks": (hook_to(there),), "saved_views": limits})
    settings = Settings(home=home, smtp_url=SecretStr(f"smtp://127.0.0.1:{server.port}"))
    for name, role in (("ana", "lead"), ("ben", "agent")):
        users.set_user(ledger, name, "no password", role, NOW)
    users.set_mail(ledger, "ana", ANA, "console:test", NOW)
    return Context(city=city, settings=settings, salt=SALT, ledger=ledger, sources={}, city_path=MADRID.path)
