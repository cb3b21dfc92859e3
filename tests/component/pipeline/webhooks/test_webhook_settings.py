"""Test secrets, addresses, the check and a profile without webhooks."""

import base64
import json
import socket
from pathlib import Path

import pytest

from core.config.city import load_city
from core.errors import ConfigurationError
from escucha.commands.check import check_webhook_part
from ledger.database import Ledger
from pipeline.context import Context
from pipeline.webhooks import send_webhooks, webhook_states
from tests.support.ledger_facts import case_key, opened_case, post
from tests.support.receiver import Receiver, answer
from tests.support.webhook_rig import MADRID, NEW_KEY, SECRETS, by_hand, context_of, hook, signatures

pytest_plugins = ("tests.support.ledger_fixtures",)


def test_a_missing_or_short_secret_is_named_and_events_wait(context: Context, there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    opened_case(context.ledger, post(1))
    for value in ("", "whsec_c2hvcnQ=", base64.b64encode(NEW_KEY).decode(), "whsec_%%%"):
        monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", value)
        assert send_webhooks(context) == {}
        finding = check_webhook_part(context, context.city.webhooks[0])
        assert not finding.good
        assert "ESCUCHA_WEBHOOK_SECRET" in finding.message
        assert not value or value not in finding.message
    assert there.taken == []
    monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", SECRETS)
    assert send_webhooks(context) == {"webhooks_sent": 1}


def test_a_name_with_a_private_address_gets_nothing(
    ledger: Ledger, there: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    port = there.url.rsplit(":", 1)[1].partition("/")[0]
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *more, **named: real("127.0.0.1" if "example" in host else host, *more, **named)
    )
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    context = context_of(ledger, tmp_path, hook(f"https://hooks.example:{port}/hook"))
    opened_case(ledger, post(1))
    assert send_webhooks(context) == {"webhooks_delayed": 1}
    assert "private address 127.0.0.1" in str(webhook_states(context)[0]["reason"])
    assert there.taken == []


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('url = "http://city.example/hook"', "https only"),
        ('url = "https://ana:clave@city.example/hook"', "without user"),
        ('url = "https:///hook"', "not an address"),
        ('url = "ftp://city.example/"', "not an address"),
        ('url = "https://city.example/"\nevents = ["burnt"]', "events"),
        ('url = "https://city.example/"\nevents = []', "events"),
        ('url = "https://city.example/"\nsecret = "ESCUCHA_SALT"', "secret"),
        ('url = "https://city.example/"\nsign = true', "allowed: "),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, table: str, words: str) -> None:
    profile = tmp_path / "madrid.toml"
    secret = "" if "\nsecret" in table else '\nsecret = "ESCUCHA_WEBHOOK_SECRET"'
    profile.write_text(f"{MADRID.path.read_text(encoding='utf-8')}\n[[webhooks]]\n{table}{secret}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="webhooks") as raised:
        load_city(profile)
    assert words in str(raised.value)


def test_check_sends_a_signed_test_event(context: Context, there: Receiver) -> None:
    (hooked,) = context.city.webhooks
    assert check_webhook_part(context, hooked).good
    (taken,) = there.taken
    assert taken.event["type"] == "org.escucha.test"
    assert by_hand(NEW_KEY, taken) in signatures(taken)
    there.behaviour = answer(404)
    assert "404" in check_webhook_part(context, hooked).message


def test_without_webhooks_events_wait_for_nothing(ledger: Ledger, tmp_path: Path, there: Receiver) -> None:
    opened_case(ledger, post(1))
    assert send_webhooks(context_of(ledger, tmp_path)) == {}
    assert send_webhooks(context_of(ledger, tmp_path, hook(there.url))) == {}
    opened_case(ledger, post(2))
    assert send_webhooks(context_of(ledger, tmp_path, hook(there.url))) == {"webhooks_sent": 1}
    assert json.loads(there.taken[0].body)["subject"] == case_key(post(2))
