"""Test Open311: tokens, ids, quirks and limits of servers.

Also the shapes of FixMyStreet and Zaragoza.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from contact_centre import OutcomeUnknownError, http, open311
from contact_centre.open311 import client
from contact_centre.open311.shapes import json_rows, xml_rows
from contact_centre.open311.status import STATUSES, request_status
from core.config import plugins
from core.errors import ConfigurationError, RefusedError
from core.records.case import ExternalStatus
from tests.support.contact_centre_facts import DESK, MORNING, a_case, a_city, a_post
from tests.support.open311_rig import Open311Rig
from tests.support.stubs.open311 import KEY, GeoReport
from tests.support.stubs.server import Reply, Request

EXAMPLES = Path(__file__).parents[2] / "examples" / "contact_centre" / "open311"
GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "open311.md"


@pytest.fixture(params=["json", "xml"])
def rig(request: pytest.FixtureRequest, clean_environment: pytest.MonkeyPatch) -> Iterator[Open311Rig]:
    clean_environment.setenv("ESCUCHA_OPEN311_API_KEY", KEY)
    with GeoReport(request.param) as server:
        yield Open311Rig(server)


def sent(rig: Open311Rig) -> dict[str, list[str]]:
    (post,) = [one for one in rig.server.requests if one.method == "POST"]
    return parse_qs(post.body.decode())


def test_the_first_id_of_a_server_is_zero_and_is_kept(rig: Open311Rig) -> None:
    assert rig.open("c:1") == "0"
    assert rig.state("0")["0"].state == "new"


def test_only_what_is_needed_is_sent_and_the_key_ends_the_description(rig: Open311Rig) -> None:
    rig.open("c:1", case={"lat": 40.42, "lon": -3.68}, email="buzon@ayto.test", attributes={"FAROLA": "sin número"})
    fields = sent(rig)
    assert set(fields) == {"api_key", "service_code", "description", "lat", "long", "email", "attribute[FAROLA]"}
    assert (fields["lat"], fields["long"]) == (["40.420000"], ["-3.680000"])
    assert fields["description"][0].endswith("\n\n[c:1]")
    assert len(fields["description"][0]) <= 4000


def test_fifty_long_posts_are_cut_to_the_length_of_the_standard_and_keep_the_key(rig: Open311Rig) -> None:
    made = rig.open("c:1", [a_post(n, text="a" * 2000) for n in range(50)])
    assert len(rig.text(made)) == 4000
    assert rig.open("c:1") == made


@pytest.mark.parametrize(("lat", "lon"), [(999.0, 1.0), (None, None)])
def test_a_case_without_a_valid_point_goes_by_its_address(rig: Open311Rig, lat: float | None, lon: float | None) -> None:
    rig.open("c:1", case={"lat": lat, "lon": lon})
    assert sent(rig)["address_string"] == ["Calle de Alcalá, Salamanca"]


def test_a_case_without_a_place_is_refused_before_anything_is_sent(rig: Open311Rig) -> None:
    nowhere = {"place": None, "district": None}
    with pytest.raises(RefusedError, match="has no place, which Open311 demands"):
        rig.open("c:1", case=nowhere)
    assert rig.server.requests == []
    assert rig.open("c:1", case=nowhere, fallback_address="Plaza Mayor 1") == "0"


def test_the_service_is_that_of_the_topic_then_of_the_department(rig: Open311Rig) -> None:
    rig.open("c:1", services={"waste_cleaning": "006"}, attributes={"FAROLA": "1", "AYUDA": "no"})
    assert sent(rig)["service_code"] == ["006"]


def test_a_token_is_polled_until_the_id_comes(rig: Open311Rig) -> None:
    rig.server.polls = 3
    assert rig.open("c:1") == "0"
    assert len([one for one in rig.server.requests if "/tokens/" in one.path]) == 3


def test_a_token_without_an_id_is_followed_by_later_runs_and_makes_no_second_request(rig: Open311Rig) -> None:
    rig.server.polls = 8
    reference = rig.open("c:1", token_polls=5)
    assert reference == "token:t0"
    assert rig.state(reference) == {}  # no id yet: nothing changed
    rig.state(reference)
    rig.close_ticket("0")
    assert rig.state(reference)[reference].state == "resolved"
    rig.append(reference, "c:1", "note:1")
    assert rig.notes("0") == ["note:1"]


def test_a_token_is_kept_where_the_server_is_busy_just_after_it_gave_it(rig: Open311Rig) -> None:
    rig.server.polls = 2

    def busy(request: Request, reply: Reply) -> Reply:
        return Reply(b"busy", 503, {"Content-Type": "text/plain"}) if "/tokens/" in request.path else reply

    with rig.through(busy) as (changes, _):
        reference = rig.open("c:1", **changes)
    assert reference == "token:t0"
    rig.close_ticket("0")
    rig.state(reference)
    assert rig.state(reference)[reference].state == "resolved"


def test_a_server_that_gives_neither_id_nor_token_is_looked_up(rig: Open311Rig) -> None:
    rig.server.gives_id = False
    assert rig.open("c:1") == "0"


def test_a_server_that_loses_the_request_leaves_the_outcome_unknown(rig: Open311Rig) -> None:
    rig.server.gives_id = False
    rig.server.polls = 0
    rig.server.shows_descriptions = False
    with pytest.raises(OutcomeUnknownError, match="gave neither an id nor a token"):
        rig.open("c:1")


def test_a_server_that_hides_descriptions_is_refused_with_the_id(rig: Open311Rig) -> None:
    rig.server.shows_descriptions = False
    with pytest.raises(RefusedError, match="request 0 was made but cannot be found by its case key"):
        rig.open("c:1")


def test_more_requests_than_one_answer_holds_are_read_in_shorter_periods(rig: Open311Rig) -> None:
    rig.server.cap, start = 10, datetime.now(UTC) - timedelta(days=4)
    for n in range(40):
        rig.server.rows.append(_row(n, start + timedelta(hours=n)))
    made = rig.open("c:1", case={"received_at": start}, page_size=10)
    rig.server.rows[int(made)]["requested_datetime"] = f"{start + timedelta(hours=9):%Y-%m-%dT%H:%M:%SZ}"
    assert rig.open("c:1", case={"received_at": start}, page_size=10) == made


@pytest.mark.parametrize("apart", [0, 1, 2, 20])
def test_the_check_sees_a_cut_list_wherever_the_requests_lie(rig: Open311Rig, apart: int) -> None:
    rig.server.cap, middle = 10, datetime.now(UTC) - timedelta(days=45)
    for n in range(40):
        after = timedelta(days=1) if n < apart else timedelta(days=-3)
        rig.server.rows.append(_row(n, middle + after + timedelta(hours=n)))
    with pytest.raises(ConfigurationError, match="lists at most 10 requests at once: set page_size = 10"):
        rig.check()


@pytest.mark.parametrize("ignored", ["end_date", "start_date"])
def test_the_check_names_the_date_that_a_server_ignores(rig: Open311Rig, ignored: str) -> None:
    """18 requests, none of them hidden: `page_size` is not what is wrong."""
    rig.server.ignored = frozenset({ignored})
    rig.server.rows += [_row(n, datetime.now(UTC) - timedelta(days=2 + n * 5)) for n in range(18)]
    with pytest.raises(ConfigurationError, match=f"ignores {ignored}: .* set paging = true") as refused:
        rig.check()
    assert "page_size" not in str(refused.value)


def test_the_check_names_both_dates_where_both_are_ignored(rig: Open311Rig) -> None:
    rig.server.ignored = frozenset({"start_date", "end_date"})
    rig.server.rows += [_row(n, datetime.now(UTC) - timedelta(days=n * 5)) for n in range(18)]
    with pytest.raises(ConfigurationError, match="ignores start_date and end_date: "):
        rig.check()


def test_a_server_that_takes_whole_days_is_no_server_that_ignores_dates(rig: Open311Rig) -> None:
    """Two halves of an interval that meet in one day both return all rows of that day."""
    end = datetime.now(UTC)
    rig.server.whole_days = True
    rig.server.rows += [_row(n, end - timedelta(days=45)) for n in range(18)]
    rig.server.rows += [_row(18 + n, end - timedelta(days=days)) for n, days in enumerate((10, 20, 60, 70))]
    assert "takes cases in the services" in rig.check()


def test_the_check_takes_a_server_whose_lists_are_whole(rig: Open311Rig) -> None:
    rig.server.rows += [_row(n, datetime.now(UTC) - timedelta(days=3, hours=n)) for n in range(40)]
    assert "takes cases in the services" in rig.check()


def test_a_server_that_ignores_dates_and_has_more_requests_than_an_answer_cannot_be_looked_up(rig: Open311Rig) -> None:
    rig.server.cap, rig.server.ignores_filters = 10, True
    rig.server.rows += [_row(n, MORNING) for n in range(20)]
    with pytest.raises(ConfigurationError, match="ignores start_date and end_date"):
        rig.open("c:1", page_size=10)
    assert [one for one in rig.server.requests if one.method == "POST"] == []


def test_a_server_that_pages_with_rows_and_start_is_read_to_the_end(rig: Open311Rig) -> None:
    rig.server.cap, rig.server.pages = 10, True
    rig.server.rows += [_row(n, MORNING) for n in range(25)]
    made = rig.open("c:1", page_size=10, paging=True)
    assert rig.open("c:1", page_size=10, paging=True) == made


def test_cases_older_than_ninety_days_are_looked_up_in_several_periods(rig: Open311Rig) -> None:
    received = datetime.now(UTC) - timedelta(days=200)
    made = rig.open("c:1", case={"received_at": received})
    assert rig.open("c:1", case={"received_at": received}) == made
    asked = [one.query["start_date"] for one in rig.server.requests if "start_date" in one.query]
    assert len(set(asked)) == 3


@pytest.mark.parametrize("status", [404, 500])
def test_an_unknown_id_is_gone_only_where_the_server_says_so(rig: Open311Rig, status: int) -> None:
    rig.server.unknown_status = status
    made = rig.open("c:1")
    found = rig.state(made, "77")
    assert (made in found, "77" in found) == (True, status == 404)


def test_a_request_of_another_server_is_not_taken_for_ours(rig: Open311Rig) -> None:
    rig.server.rows.append(_row(0, MORNING))
    with pytest.raises(ConfigurationError, match="so it is not ours"):
        rig.state("0")


def test_a_key_refused_with_400_is_told_in_the_servers_words(rig: Open311Rig) -> None:
    rig.server.key_status = 400
    secrets = open311.Secrets(open311_api_key="canary-key")
    with pytest.raises(RefusedError, match="Invalid api_key received") as raised:
        open311.open_case(a_city(), rig.options(), secrets, a_case("c:1"), [a_post()], DESK)
    assert "canary" not in str(raised.value)


def test_several_errors_are_all_quoted(rig: Open311Rig) -> None:
    nowhere = {"api_key": KEY, "service_code": "001"}
    with http.connect(rig.table["url"], 5, {}) as line:
        server = client.Server(line, rig.server.form, "", 1000, can_page=False)
        with pytest.raises(RefusedError, match="400 400 a location is required; 400 description is fine"):
            client.create_request(server, nowhere)


def test_without_updates_new_posts_stay_on_the_desk(rig: Open311Rig) -> None:
    made = rig.open("c:1")
    with pytest.raises(RefusedError, match="takes no notes; the desk shows the new posts of case c:1"):
        rig.append(made, "c:1", "note:1", updates=False)
    assert rig.server.updates == []


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_each_example_of_a_servers_answer_means_what_stands_beside_it(path: Path) -> None:
    example = json.loads(path.read_text())
    read = json_rows if "json" in example else xml_rows
    content = json.dumps(example["json"]) if "json" in example else example["xml"]
    (row,) = read(content.encode())
    assert request_status(row, STATUSES, a_city().zone) == ExternalStatus(**example["standing"])
    assert row["service_request_id"] == example["reference"]


@pytest.mark.parametrize(
    "bad",
    [
        b"<html><body>Log in</body></html>",
        b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><service_requests>&d;</service_requests>',
        b"<service_requests><request>",
        b"",
        b"\x00\xff",
        b"<a>" * 100_000,
    ],
)
def test_what_is_no_georeport_xml_is_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        xml_rows(bad)


@pytest.mark.parametrize("bad", [b"7", b'"text"', b"[7]", b"[" * 100_000, b"", b'[{"code": 006}]'])
def test_what_is_no_georeport_json_is_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        json_rows(bad)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"url": "ayto.test"}, "url"),
        ({"format": "yaml"}, "format"),
        ({"email": "Ana García"}, "email"),
        ({"statuses": {"waiting": "sleeping"}}, "statuses.waiting"),
        ({"page_size": 0}, "page_size"),
    ],
)
def test_a_wrong_option_is_refused_with_its_name(wrong: dict[str, object], says: str) -> None:
    table = {"url": "https://ayto.test/v2", "service_code": "001", **wrong}
    with pytest.raises(ConfigurationError, match=f"key '{says}'"):
        plugins.load_options("contact_centre", "open311", table, "madrid.toml")


def test_the_requests_page_for_people(rig: Open311Rig) -> None:
    assert open311.address(rig.options(page_url="https://ayto.test/report/{id}"), "0") == "https://ayto.test/report/0"


def test_every_option_and_variable_stands_in_the_guide() -> None:
    guide = GUIDE.read_text()
    variables = [f"ESCUCHA_{name.upper()}" for name in open311.Secrets.model_fields]
    assert [name for name in [*open311.Options.model_fields, *variables] if f"`{name}`" not in guide] == []


def _row(number: int, at: datetime) -> dict[str, object]:
    moment = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "service_request_id": number,
        "status": "open",
        "service_code": "001",
        "description": f"Un bache {number}",
        "requested_datetime": moment,
        "updated_datetime": moment,
        "_token": None,
    }
