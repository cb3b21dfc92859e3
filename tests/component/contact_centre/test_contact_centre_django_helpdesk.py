"""Test django-helpdesk: states, and the behaviour of the real server."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from contact_centre import django_helpdesk
from contact_centre.django_helpdesk.driver import DjangoHelpdesk, history_of
from core.config import plugins
from core.errors import ConfigurationError, RefusedError
from core.records.case import ExternalStatus
from tests.support.contact_centre_facts import DESK, a_case, a_city, a_post, settings_of
from tests.support.django_helpdesk_rig import DjangoHelpdeskRig
from tests.support.stubs.server import Reply, Request
from tests.support.ticket_rig import CITY

pytest_plugins = ["tests.support.django_helpdesk_server"]
EXAMPLES = Path(__file__).parents[2] / "examples" / "contact_centre" / "django_helpdesk"
GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "django-helpdesk.md"


@pytest.fixture
def rig(helpdesk_url: str, clean_environment: pytest.MonkeyPatch) -> Iterator[DjangoHelpdeskRig]:
    found = DjangoHelpdeskRig(helpdesk_url)
    clean_environment.setenv("ESCUCHA_DJANGO_HELPDESK_TOKEN", found.environment["ESCUCHA_DJANGO_HELPDESK_TOKEN"])
    with found.staff:
        yield found


@pytest.fixture
def key() -> str:
    return f"case:{uuid.uuid4().hex[:12]}"


def standing(row: dict[str, Any]) -> ExternalStatus:
    with httpx.Client(timeout=60) as client:
        driver = DjangoHelpdesk(client, settings_of("1"), page_size=100)
    return history_of(row, driver.meanings).state(driver.meaning(row), driver.label(row))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_each_ticket_of_a_real_server_means_what_stands_beside_it(path: Path) -> None:
    example = json.loads(path.read_text())
    assert standing(example["row"]) == ExternalStatus(**example["standing"])


def test_the_examples_show_every_status_and_state() -> None:
    examples = [json.loads(path.read_text()) for path in EXAMPLES.glob("*.json")]
    assert {str(one["row"]["status"]) for one in examples} == set(DjangoHelpdesk.STATUSES)
    assert {one["standing"]["state"] for one in examples} == {"new", "assigned", "answered", "resolved", "rejected"}


def test_a_status_of_the_councils_own_must_be_explained_in_the_profile() -> None:
    example = json.loads((EXAMPLES / "new.json").read_text())
    with pytest.raises(ConfigurationError, match=r'statuses\] "7" = "assigned"'):
        standing({**example["row"], "status": 7})


@pytest.mark.slow
def test_what_is_sent(rig: DjangoHelpdeskRig, key: str) -> None:
    made = rig.open(key, fields={"topic": "tema", "barrio": "corto"}, case={"priority": 5})
    row = rig.row(made)
    assert (row["queue"], row["priority"], row["submitter_email"]) == (1, 1, "buzon@ayto.test")
    assert (row["custom_casekey"], row["custom_tema"]) == (key, "Residuos y limpieza")
    assert datetime.fromisoformat(row["due_date"]).astimezone(UTC) == datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
    assert f"{DESK}/cases/" in row["description"]
    assert django_helpdesk.address(rig.options(), made) == f"{rig.table['url']}/tickets/{made}/"


@pytest.mark.slow
def test_a_ticket_several_pages_back_is_found_and_older_pages_are_not_read(rig: DjangoHelpdeskRig, key: str) -> None:
    made = rig.open(key)
    for n in range(12):
        rig.open(f"{key}-{n}", page_size=5)
    now = datetime.now(UTC)
    with rig.through(None) as (changes, between):
        assert rig.open(key, page_size=5, case={"received_at": now}, **changes) == made
        pages = [one.query["page"] for one in between.requests if one.path == "/api/tickets/"]
        assert len(pages) >= 3
        between.requests.clear()
        late = now + timedelta(days=30)
        rig.open(f"{key}-late", page_size=5, case={"received_at": late, "due_at": late}, **changes)
        looked = [one for one in between.requests if one.method == "GET" and one.path == "/api/tickets/"]
        assert len(looked) == 2  # one page each: before and after the creation


@pytest.mark.slow
def test_a_double_becomes_a_duplicate_of_the_older_ticket(rig: DjangoHelpdeskRig, key: str) -> None:
    done: list[Any] = []

    def overtake(request: Request) -> Reply | None:
        if request.method == "POST" and not done:
            done.append(1)
            done.append(rig.open(key))
        return None

    with rig.through(None, overtake) as (changes, _):
        assert rig.open(key, **changes) == done[1]
    assert rig.tickets(key) == [done[1]]


@pytest.mark.slow
def test_a_field_that_is_too_short_for_the_key_is_refused_by_the_server(rig: DjangoHelpdeskRig, key: str) -> None:
    with pytest.raises(RefusedError, match="custom_corto"):
        rig.open(key, key_field="corto")


@pytest.mark.slow
def test_the_title_stays_and_the_priority_grows(rig: DjangoHelpdeskRig, key: str) -> None:
    made = rig.open(key)
    title = rig.row(made)["title"]
    case = a_case(key, priority=5)
    django_helpdesk.append(CITY, rig.options(), rig.secrets(), made, case, [a_post(2)], "note:1")
    row = rig.row(made)
    assert (row["title"], row["priority"]) == (title, 1)
    assert [one["public"] for one in row["followup_set"][1:]] == [False]
    assert [one["email_recipients"] for one in row["followup_set"][1:]] == [[]]


@pytest.mark.slow
@pytest.mark.parametrize("text", ["%} cien", "{% endverbatim %}", "{{ ticket.submitter_email }}", "{{ x|y }}", "{{{%}#}"])
def test_template_tags_in_a_post_are_neither_rendered_nor_an_error(rig: DjangoHelpdeskRig, key: str, text: str) -> None:
    made = rig.open(key)
    rig.append(made, key, "note:1", [a_post(2, text=text)])
    comment = rig.row(made)["followup_set"][-1]["comment"]
    assert "buzon@ayto.test" not in comment
    assert comment.replace(" ", "").count(text.replace(" ", "")) == 1


@pytest.mark.slow
def test_many_tickets_are_followed_from_the_list(rig: DjangoHelpdeskRig, key: str) -> None:
    made = rig.open(key)
    many = [str(n) for n in range(900_000, 900_030)]
    with rig.through(None) as (changes, between):
        found = django_helpdesk.state(a_city(), rig.options(**changes), rig.secrets(), [made, *many], None)
        assert between.requests[0].path == "/api/tickets/"
    assert (found[made].state, {found[one].state for one in many}) == ("new", {"gone"})


@pytest.mark.slow
def test_only_what_changed_since_then_is_told_and_foreign_tickets_stop_it(rig: DjangoHelpdeskRig, key: str) -> None:
    made = rig.open(key)
    assert rig.state(made, since=datetime.now(UTC) + timedelta(hours=1)) == {}
    foreign = {"queue": 1, "title": "Impresora", "description": "Rota", "submitter_email": "x@ayto.test", "priority": 3}
    number = str(rig.staff.post("tickets/", json=foreign).json()["id"])
    with pytest.raises(ConfigurationError, match="so it is not ours"):
        rig.state(number)


@pytest.mark.slow
def test_queues_of_departments_are_numbers(rig: DjangoHelpdeskRig) -> None:
    with pytest.raises(ConfigurationError, match="queue 'Alumbrado': with django-helpdesk give the queue's number"):
        django_helpdesk.check(a_city(), rig.options(), rig.secrets())
    before = len(rig.all())
    assert "takes cases in the queues 1" in rig.check()
    assert len(rig.all()) == before  # the check creates nothing


@pytest.mark.parametrize(
    ("wrong", "says"), [({"url": "ayto.test"}, "url"), ({"queue": "Redes"}, "queue"), ({"key_field": "Clave!"}, "key_field")]
)
def test_a_wrong_option_is_refused_with_its_name(wrong: dict[str, object], says: str) -> None:
    table = {"url": "https://ayto.test", "queue": "1", "submitter": "a@ayto.test", **wrong}
    with pytest.raises(ConfigurationError, match=f"key '{says}'"):
        plugins.load_options("contact_centre", "django_helpdesk", table, "madrid.toml")


def test_every_option_and_variable_stands_in_the_guide() -> None:
    guide = GUIDE.read_text()
    variables = [f"ESCUCHA_{name.upper()}" for name in django_helpdesk.Secrets.model_fields]
    assert [name for name in [*django_helpdesk.Options.model_fields, *variables] if f"`{name}`" not in guide] == []
