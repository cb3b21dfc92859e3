"""Test Zammad: requests, searches by condition, failed merges and states."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from contact_centre import zammad
from contact_centre.zammad import client, driver
from core.config import plugins
from core.errors import ConfigurationError, RefusedError
from core.records.case import ExternalStatus
from tests.support.contact_centre_facts import DESK, a_case, a_city, a_post, settings_of
from tests.support.stubs.zammad import AGENT, TOKEN, Zammad
from tests.support.zammad_rig import ZammadRig

EXAMPLES = Path(__file__).parents[2] / "examples" / "contact_centre" / "zammad"
GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "zammad.md"


@pytest.fixture
def rig(clean_environment: pytest.MonkeyPatch) -> Iterator[ZammadRig]:
    clean_environment.setenv("ESCUCHA_ZAMMAD_TOKEN", TOKEN)
    with Zammad() as server:
        yield ZammadRig(server)


def test_what_is_sent_is_an_internal_note_for_a_mailbox_of_the_council(rig: ZammadRig) -> None:
    made = rig.open("c:1", fields={"topic": "tema", "barrio": "barrio"})
    (post,) = [one for one in rig.server.requests if one.method == "POST"]
    sent = json.loads(post.body)
    article = sent.pop("article")
    assert sent == {
        "title": "Limpieza en Calle de Alcalá: contenedores llenos desde el lunes",
        "group": "Redes sociales",
        "customer_id": "guess:buzon@ayto.test",
        "priority": "1 low",
        "escucha_key": "c:1",
        "tema": "Residuos y limpieza",  # no barrio known
    }
    assert (article["internal"], article["type"], article["content_type"]) == (True, "note", "text/plain")
    assert f"{DESK}/cases/c:1" in article["body"]
    assert post.headers["Authorization"] == f"Token token={TOKEN}"
    assert zammad.address(rig.options(), made) == f"{rig.server.url}/#ticket/zoom/{made}"


def test_the_search_asks_the_database_and_never_the_index(rig: ZammadRig) -> None:
    rig.open("c:1")
    searches = [one.query for one in rig.server.requests if one.path.endswith("/search")]
    assert searches
    assert all("query" not in one for one in searches)
    assert searches[0]["condition[ticket.escucha_key][value]"] == "c:1"


def test_a_department_has_its_own_group(rig: ZammadRig) -> None:
    case = a_case("c:1", department="Alumbrado", topic="street_lighting")
    made = zammad.open_case(a_city(), rig.options(), rig.secrets(), case, [a_post()], DESK)
    assert rig.server.tickets[int(made)]["group"] == "Alumbrado"


def test_a_key_that_zammad_drops_is_refused_by_name(rig: ZammadRig, monkeypatch: pytest.MonkeyPatch) -> None:
    real = rig.server.create
    monkeypatch.setattr(rig.server, "create", lambda given: real({**given, "escucha_key": ""}))
    with pytest.raises(RefusedError, match="ticket 1 was made but cannot be found by its case key"):
        rig.open("c:1")


def test_a_merge_that_fails_under_200_is_noticed(rig: ZammadRig, monkeypatch: pytest.MonkeyPatch) -> None:
    real, rig.server.refuses_merge = rig.server.create, True

    def overtaken(given: dict[str, Any]) -> Any:
        real(given)
        return real(given)

    monkeypatch.setattr(rig.server, "create", overtaken)
    with pytest.raises(RefusedError, match="case c:1 has two tickets, 1 and 2: merge them by hand"):
        rig.open("c:1")


def test_a_double_is_merged_into_the_older_ticket(rig: ZammadRig, monkeypatch: pytest.MonkeyPatch) -> None:
    real = rig.server.create

    def overtaken(given: dict[str, Any]) -> Any:
        real(given)
        return real(given)

    monkeypatch.setattr(rig.server, "create", overtaken)
    assert rig.open("c:1") == "1"
    assert rig.tickets("c:1") == ["1"]


def test_a_ticket_merged_twice_leads_to_the_last_one(rig: ZammadRig) -> None:
    first, second, third = (rig.open(f"c:{n}") for n in range(3))
    rig.merge(first, second)
    rig.merge(second, third)
    assert rig.state(first)[first].merged_into == third
    rig.append(first, "c:0", "note:1")
    assert rig.notes(third) == ["note:1"]


def test_a_merge_whose_link_is_missing_is_refused_by_name(rig: ZammadRig) -> None:
    made = rig.open("c:1")
    rig.server.change(int(made), {"state": "merged"}, AGENT)
    with pytest.raises(RefusedError, match="its link to the other ticket is missing"):
        rig.append(made, "c:1", "note:1")


def test_an_ignored_condition_on_too_many_tickets_stops_the_delivery(rig: ZammadRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGE", 2)
    monkeypatch.setattr(client, "MOST_PAGES", 3)
    for n in range(7):
        rig.open(f"c:{n}")
    rig.server.ignores_condition = True
    with pytest.raises(ConfigurationError, match="ignores the search condition"):
        rig.open("c:new")
    assert len(rig.server.tickets) == 7


def test_the_priority_grows_and_never_sinks(rig: ZammadRig) -> None:
    made = rig.open("c:1")
    zammad.append(a_city(), rig.options(), rig.secrets(), made, a_case("c:1", priority=5), [a_post(2)], "note:1")
    assert rig.server.tickets[int(made)]["priority"] == "3 high"
    zammad.append(a_city(), rig.options(), rig.secrets(), made, a_case("c:1", priority=1), [a_post(2)], "note:2")
    assert rig.server.tickets[int(made)]["priority"] == "3 high"


def test_a_state_that_zammad_does_not_set_is_noticed(rig: ZammadRig, monkeypatch: pytest.MonkeyPatch) -> None:
    made = rig.open("c:1")
    rig.close_ticket(made)
    rig.server.attributes.remove("state")  # accepted and dropped, as a workflow may do
    late = a_post(2, received_at=datetime.now(UTC) + timedelta(seconds=5))
    with pytest.raises(RefusedError, match="Zammad did not set the state 'open'"):
        rig.append(made, "c:1", "note:1", [late])


def test_only_what_changed_since_then_is_told_and_foreign_tickets_stop_it(rig: ZammadRig) -> None:
    made = rig.open("c:1")
    assert rig.state(made, since=datetime.now(UTC) + timedelta(hours=1)) == {}
    rig.server.tickets[int(made)]["escucha_key"] = ""
    with pytest.raises(ConfigurationError, match="so it is not ours"):
        rig.state(made)


def standing(example: dict[str, Any], row: dict[str, Any]) -> ExternalStatus:
    with httpx.Client(timeout=60) as client:
        system = driver.Zammad(client, settings_of("Users"))
    history = driver.history_of(row, example["articles"], example["history"], system.meanings)
    return history.state(system.meaning(row), system.label(row))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_each_ticket_means_what_stands_beside_it(path: Path) -> None:
    example = json.loads(path.read_text())
    assert standing(example, example["row"]) == ExternalStatus(**example["standing"])


def test_the_examples_show_every_state() -> None:
    assert {json.loads(path.read_text())["row"]["state"] for path in EXAMPLES.glob("*.json")} == set(driver.Zammad.STATUSES)


def test_a_state_of_the_councils_own_must_be_explained_in_the_profile() -> None:
    example = json.loads((EXAMPLES / "open.json").read_text())
    row = {**example["row"], "state": "with contractor"}
    with pytest.raises(ConfigurationError, match=r'statuses\] "with contractor" = "assigned"'):
        standing(example, row)


@pytest.mark.parametrize(
    ("wrong", "says"), [({"url": "ayto.test"}, "url"), ({"customer": "Ana"}, "customer"), ({"key_field": "Clave!"}, "key_field")]
)
def test_a_wrong_option_is_refused_with_its_name(wrong: dict[str, object], says: str) -> None:
    table = {"url": "https://zammad.ayto.test", "group": "g", "customer": "a@ayto.test", **wrong}
    with pytest.raises(ConfigurationError, match=f"key '{says}'"):
        plugins.load_options("contact_centre", "zammad", table, "madrid.toml")


def test_every_option_and_variable_stands_in_the_guide() -> None:
    guide = GUIDE.read_text()
    variables = [f"ESCUCHA_{name.upper()}" for name in zammad.Secrets.model_fields]
    assert [name for name in [*zammad.Options.model_fields, *variables] if f"`{name}`" not in guide] == []
