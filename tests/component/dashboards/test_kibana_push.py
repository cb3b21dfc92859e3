"""A push sets Kibana up, can be repeated and killed at any moment, and leaves alone what staff changed."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.config.city import load_city
from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from dashboards.kibana import setup
from dashboards.kibana.client import KibanaClient
from dashboards.kibana.push import PlannedObject, push
from dashboards.kibana.records import FILE
from dashboards.panels import DASHBOARDS
from tests.support.stubs.kibana import HANGING, Stub, running

CITY = load_city(Path(__file__).parents[3] / "cities" / "madrid.toml")
DESK = "https://desk.example"
NOW = ("dashboard", "escucha-now-es")


@pytest.fixture
def kibana() -> Iterator[Stub]:
    with running() as one:
        yield one


def pushed(kibana: Stub, home: Path, desk: str = DESK, overwrite: bool = False, dry_run: bool = False) -> list[PlannedObject]:
    settings = Settings(elasticsearch_api_key=SecretStr("a2V5"))
    with KibanaClient(kibana.url, CITY, settings, timeout_s=1.0 if kibana.fault in HANGING else 30.0) as client:
        return push(client, CITY, home, desk, overwrite, dry_run)


def counts(steps: list[PlannedObject]) -> Counter[str]:
    return Counter(step.what for step in steps)


def test_a_first_push_creates_everything_and_a_second_changes_nothing(kibana: Stub, tmp_path: Path) -> None:
    first = pushed(kibana, tmp_path)
    assert set(counts(first)) == {"create"}
    assert kibana.spaces.keys() == {"escucha-es", "escucha-en"}
    assert {"escucha-rising-topic-es", "escucha-silent-source-es", "escucha-answers-overdue-es"} <= {rule for _space, rule in kibana.rules}
    for language in ("es", "en"):
        dashboards = [key for kind, key in kibana.objects[f"escucha-{language}"] if kind == "dashboard"]
        assert len(dashboards) == len(DASHBOARDS)
    writes = len(kibana.writes)
    assert set(counts(pushed(kibana, tmp_path))) == {"same"}
    assert len(kibana.writes) == writes


def test_staff_read_the_indices_and_dashboards_and_may_change_nothing(kibana: Stub, tmp_path: Path) -> None:
    pushed(kibana, tmp_path)
    role = kibana.roles[setup.ROLE]
    assert {one for index in role["elasticsearch"]["indices"] for one in index["privileges"]} == {"read", "view_index_metadata"}
    assert role["elasticsearch"]["cluster"] == []
    assert {right for one in role["kibana"] for rights in one["feature"].values() for right in rights} == {"read"}
    assert {space for one in role["kibana"] for space in one["spaces"]} == {"escucha-es", "escucha-en"}


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(kibana: Stub, tmp_path: Path) -> None:
    steps = pushed(kibana, tmp_path, dry_run=True)
    assert set(counts(steps)) == {"create"}
    assert "create: dashboard escucha-now-es in escucha-es" in map(str, steps)
    assert (kibana.writes, kibana.spaces, list(tmp_path.iterdir())) == ([], {}, [])


def test_what_staff_changed_or_removed_is_left_and_reported(kibana: Stub, tmp_path: Path) -> None:
    pushed(kibana, tmp_path)
    objects = kibana.objects["escucha-es"]
    objects[NOW]["attributes"]["title"] = "Mi cuadro"
    removed = objects.pop(("dashboard", "escucha-trust-es"))
    kibana.rules["escucha-es", "escucha-rising-topic-es"]["params"]["threshold"] = [100]
    steps = pushed(kibana, tmp_path, desk="https://other.example")  # all data views of posts and cases change
    left = {str(step) for step in steps if step.what.endswith("by staff")}
    assert left == {
        "changed by staff: dashboard escucha-now-es in escucha-es",
        "removed by staff: dashboard escucha-trust-es in escucha-es",
        "changed by staff: rule escucha-rising-topic-es in escucha-es",
    }
    assert counts(steps)["update"] == sum(
        kind == "index-pattern" and "districts" not in key for space in kibana.objects.values() for kind, key in space
    )
    assert objects[NOW]["attributes"]["title"] == "Mi cuadro"
    assert ("dashboard", removed["id"]) not in objects
    assert kibana.rules["escucha-es", "escucha-rising-topic-es"]["params"]["threshold"] == [100]
    assert set(counts(pushed(kibana, tmp_path, desk="https://other.example"))) == {"same", "changed by staff", "removed by staff"}


def test_staffs_changes_are_replaced_only_when_asked_to(kibana: Stub, tmp_path: Path) -> None:
    pushed(kibana, tmp_path)
    kibana.objects["escucha-es"][NOW]["attributes"]["title"] = "Mi cuadro"
    kibana.rules["escucha-es", "escucha-rising-topic-es"]["params"]["threshold"] = [100]
    pushed(kibana, tmp_path, overwrite=True)
    assert kibana.objects["escucha-es"][NOW]["attributes"]["title"] == "Escucha Madrid: Ahora"
    assert kibana.rules["escucha-es", "escucha-rising-topic-es"]["params"]["threshold"] == [setup.RISING_FROM]
    assert set(counts(pushed(kibana, tmp_path))) == {"same"}


def test_objects_that_were_there_before_the_first_push_are_left(kibana: Stub, tmp_path: Path) -> None:
    pushed(kibana, tmp_path)
    (tmp_path / FILE).unlink()
    writes = len(kibana.writes)
    assert set(counts(pushed(kibana, tmp_path))) == {"changed by staff"}
    assert len(kibana.writes) == writes


@pytest.mark.parametrize("after", range(6))
def test_a_push_that_was_cut_off_can_be_repeated(kibana: Stub, tmp_path: Path, after: int) -> None:
    kibana.fails_after = after
    with pytest.raises(UnavailableError):
        pushed(kibana, tmp_path)
    kibana.fails_after = None
    assert not {"changed by staff", "removed by staff"} & set(counts(pushed(kibana, tmp_path)))
    assert set(counts(pushed(kibana, tmp_path))) == {"same"}
    with running() as fresh:
        pushed(fresh, tmp_path)
        assert {key: one["attributes"] for key, one in fresh.objects["escucha-es"].items()} == {
            key: one["attributes"] for key, one in kibana.objects["escucha-es"].items()
        }


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("refuse", ConfigurationError, "ESCUCHA_ELASTICSEARCH_API_KEY"),
        ("busy", UnavailableError, "not ready"),
        ("drop", UnavailableError, "does not answer"),
        ("drip", UnavailableError, "no whole answer within"),
        ("hang", UnavailableError, "does not answer"),
        ("garbage", ConfigurationError, "not Kibana"),
        ("no object", ConfigurationError, "not Kibana"),
        ("broken", EscuchaError, "internal server error"),
    ],
)
def test_a_kibana_that_fails_changes_nothing_and_says_why(
    kibana: Stub, tmp_path: Path, fault: str, error: type[Exception], says: str
) -> None:
    kibana.fault = fault
    with pytest.raises(error, match=says):
        pushed(kibana, tmp_path)
    assert (kibana.spaces, list(tmp_path.iterdir())) == ({}, [])
    kibana.fault = ""
    assert set(counts(pushed(kibana, tmp_path))) == {"create"}


@pytest.mark.parametrize(
    ("url", "error"), [("http://127.0.0.1:1", UnavailableError), ("kibana:5601", ConfigurationError), ("ftp://kibana", ConfigurationError)]
)
def test_a_wrong_address_is_told(tmp_path: Path, url: str, error: type[Exception]) -> None:
    with pytest.raises(error), KibanaClient(url, CITY, Settings()) as client:
        push(client, CITY, tmp_path, DESK)


def test_a_missing_certificate_authority_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"ESCUCHA_ELASTICSEARCH_CA /no/such\.pem"):
        KibanaClient("https://127.0.0.1:1", CITY, Settings(elasticsearch_ca="/no/such.pem"))


def test_the_login_of_elasticsearch_is_sent(kibana: Stub) -> None:
    settings = Settings(elasticsearch_user="u", elasticsearch_password=SecretStr("p"))
    with KibanaClient(kibana.url, CITY, settings) as client:
        assert client.find("/api/spaces/space/x") is None
    assert kibana.logins == ["Basic dTpw"]


def test_an_object_with_a_dangling_reference_is_refused_by_name(kibana: Stub, tmp_path: Path) -> None:
    kibana.spaces["escucha-es"] = {}
    wrong = {"type": "dashboard", "id": "x", "attributes": {}, "references": [{"type": "index-pattern", "id": "no", "name": "n"}]}
    with KibanaClient(kibana.url, CITY, Settings()) as client, pytest.raises(EscuchaError, match="dashboard x"):
        client.import_objects("escucha-es", [wrong])


def test_a_damaged_record_is_told_with_its_cure(kibana: Stub, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    with pytest.raises(ConfigurationError, match="remove it"):
        pushed(kibana, tmp_path)


def test_a_rules_query_is_a_query_of_our_fields() -> None:
    from search.index.templates import CASES, POSTS, template

    for language in ("es", "en"):
        for rule in setup.rules(CITY, language).values():
            (index,) = rule["params"]["index"]
            fields = template({"escucha-posts": POSTS, "escucha-cases": CASES}[index])["template"]["mappings"]["properties"]
            assert rule["params"]["timeField"] in fields
            assert rule["params"].get("termField", "topic") in fields
            for term in json.dumps(json.loads(rule["params"]["esQuery"])).split('"term": {"')[1:]:
                assert term.split('"')[0] in fields
