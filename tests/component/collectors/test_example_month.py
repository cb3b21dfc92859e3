"""The example month: five networks' records that we wrote, marked wherever they are shown, and never counted as something people said."""

import gzip
import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors import example
from core.config.city import load_city
from core.config.plugins import ROOT
from core.config.settings import Settings
from core.errors import SourceError
from core.privacy.pseudonymise import pseudonymise
from core.records import Json
from core.records.collection import Budget
from core.records.post import Raw
from ledger import read, reconciliation
from ledger.database import Ledger, open_ledger
from pipeline import all_steps as steps
from pipeline.context import Context, open_context, read_profile
from reports.build.aggregate import count
from reports.build.period import Interval
from reports.document.summary import caveat
from tests.component.reports.test_reports_open_data import add, rows
from tests.support.deployment import NOTICE
from tests.support.desk_client import browser
from tests.support.seeded import SALT, fill
from tests.support.shared import SHARED, needs_shared
from tests.support.triage_facts import decide_all, post, reading

MADRID = load_city(ROOT / "cities" / "madrid.toml")
SAMPLE = ROOT / "samples" / "example_month.jsonl.gz"
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
NETWORKS = ["bluesky", "mailbox", "mastodon", "reddit", "x"]


def collected(cursor: Json | None = None, now: datetime = NOON, **options: object) -> tuple[list[Raw], Json | None]:
    given = example.Options.model_validate(options)
    found: list[Raw] = []
    for page in example.collect(MADRID, given, None, cursor, Budget(now=now, until=now + timedelta(minutes=4))):
        assert page.rejects == ()
        found += page.raws
        cursor = json.loads(json.dumps(page.cursor))  # as the ledger keeps it
    return found, cursor


def test_the_month_is_small_of_five_networks_and_the_one_its_readme_describes() -> None:
    unpacked = gzip.decompress(SAMPLE.read_bytes())
    networks = Counter(json.loads(line)["network"] for line in unpacked.decode().splitlines())
    assert sorted(networks) == NETWORKS
    assert networks.total() == 816
    readme = (ROOT / "samples" / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(unpacked).hexdigest() in readme
    assert f"{networks.total()} posts" in readme


@needs_shared
@pytest.mark.shared
def test_the_month_can_be_made_again_byte_for_byte(tmp_path: Path) -> None:
    made = tmp_path / "again.jsonl.gz"
    command: list[str | Path] = [sys.executable, "-m", "workshop.samples.build_example", SHARED / "data" / "incidents_es", made]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    assert gzip.decompress(made.read_bytes()) == gzip.decompress(SAMPLE.read_bytes())


def test_the_month_ends_at_the_first_read_and_is_read_once() -> None:
    found, cursor = collected()
    assert max(raw.created_at for raw in found) == NOON
    assert NOON - timedelta(days=30) <= min(raw.created_at for raw in found) < NOON - timedelta(days=29)
    assert collected(cursor, NOON + timedelta(days=3))[0] == []


def test_another_month_is_moved_to_the_moments_of_the_first(tmp_path: Path) -> None:
    _, cursor = collected()
    lines = gzip.decompress(SAMPLE.read_bytes()).decode().splitlines(keepends=True)
    other = tmp_path / "other.jsonl.gz"
    other.write_bytes(gzip.compress("".join(lines[20:]).encode()))
    found, _ = collected(cursor, NOON + timedelta(days=3), file=str(other))
    assert len(found) == len(lines) - 20
    assert max(raw.created_at for raw in found) == NOON


def test_every_post_is_marked_as_an_example_and_leads_to_no_real_page() -> None:
    found, _ = collected()
    posts = [pseudonymise(raw, MADRID, SALT) for raw in found]
    assert len({one.post_id for one in posts}) == len(posts)
    assert {one.provenance for one in posts} == {"example"}
    assert all(one.replay for one in posts)
    assert sorted({one.source for one in posts}) == [f"example-{name}" for name in NETWORKS]
    assert [raw.url for raw in found if raw.url is not None] == []
    by_id = {one.post_id for one in posts}
    assert sum(one.reply_to in by_id for one in posts) >= 20  # conversations go through the networks' own parsers


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"{}\n"), gzip.compress(b"no json"), None],
    ids=["empty", "no gzip", "no records", "no json", "no file"],  # the bytes hold the time they were made at
)
def test_a_file_that_is_none_is_refused_in_words(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "month.jsonl.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=r"month\.jsonl\.gz: .*remove \[sources\.example\] from the profile") as raised:
        collected(file=str(path))
    assert raised.value.fatal


def test_an_example_shares_no_incident_with_an_archive_or_with_what_people_say_now() -> None:
    written = post("a", source="example-x", replayed_from=NOON)
    replayed = post("b", replayed_from=NOON, reply_to=written.post_id)
    live = post("c", reply_to=written.post_id)
    decided = decide_all(*((one, reading(one)) for one in (written, replayed, live)))
    assert [one.opens for one in decided] == [True, True, True]
    other = post("d", source="example-mastodon", replayed_from=NOON, reply_to=written.post_id)
    joined = decide_all((written, reading(written)), (other, reading(other)))
    assert [one.opens for one in joined] == [True, False]  # of one world: they do


PROFILE = f'name = "Villa"\n{NOTICE}[sources.example]\n{{more}}[[departments]]\nname = "Atención"\ntopics = ["other"]\n'


def profile(folder: Path, more: str = "") -> Path:
    path = folder / "villa.toml"
    path.write_text(PROFILE.replace("{more}", more), encoding="utf-8")
    return path


def off(path: Path, home: Path, **settings: object) -> set[str | None]:
    given = Settings.model_validate({"home": home, **settings})
    with open_context(path, given) as context:
        return {one.off for name, one in context.sources.items() if name.startswith("example-")}


def test_it_is_a_source_for_each_network_in_the_shipped_profile() -> None:
    _, sources = read_profile(ROOT / "cities" / "madrid.toml")
    assert sorted(sources) == ["archive", *(f"example-{name}" for name in NETWORKS)]


def test_it_is_off_when_told_so_and_where_a_real_source_is_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert off(profile(tmp_path), tmp_path / "a") == {None}
    assert off(profile(tmp_path), tmp_path / "b", example=False) == {"off: ESCUCHA_EXAMPLE is no"}
    monkeypatch.setenv("ESCUCHA_EXAMPLE", "no")
    assert Settings().example is False
    monkeypatch.delenv("ESCUCHA_EXAMPLE")
    played = '[sources.archive]\nfiles = ["a.csv"]\nreplay = true\n'
    assert off(profile(tmp_path, played), tmp_path / "c") == {None}
    told = off(profile(tmp_path, played.replace("replay = true", "")), tmp_path / "d")
    assert told == {"off: the example month is for a profile without real sources, and archive is on"}
    monkeypatch.delenv("ESCUCHA_X_BEARER_TOKEN", raising=False)
    assert off(profile(tmp_path, "[sources.x]\n"), tmp_path / "e") == {None}  # X without a key reads nothing
    monkeypatch.setenv("ESCUCHA_X_BEARER_TOKEN", "key")
    assert off(profile(tmp_path, "[sources.x]\n"), tmp_path / "f") != {None}


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with open_context(profile(tmp_path), Settings(home=tmp_path / "home")) as context:
        yield context


def test_collecting_it_balances_and_collecting_it_again_changes_nothing(context: Context) -> None:
    stored = steps.collect(context, "example")["stored"]
    assert stored == 816
    assert steps.collect(context)["stored"] == 0
    lines = reconciliation.balance_sheet(context.ledger, None)
    assert [line.name for line in lines if line.ok is False] == []
    assert read.count_posts(context.ledger, example=True) == stored
    assert read.count_posts(context.ledger, example=False) == 0
    assert steps.collect(context, "example-x")["stored"] == 0


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    yield ledger
    ledger.close()


def test_its_cases_never_enter_open_data(ledger: Ledger) -> None:
    add(ledger, "noise", [1] * 9, source="example-x", replay=True)
    assert rows(ledger, "service") == {}
    assert read.count_cases(ledger, example=True) == 9
    assert read.count_cases(ledger, example=False) == 0


def mixed(home: Path) -> Context:
    """A ledger with an archive that is played again and an example, on a desk without a search engine."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    ledger = open_ledger(Settings(home=home).ledger, SALT)
    fill(ledger, MADRID, 12, now, replay=True)
    fill(ledger, MADRID, 6, now, source="example-mastodon", replay=True)
    path = ROOT / "cities" / "madrid.toml"
    _, sources = read_profile(path)
    return Context(city=MADRID, settings=Settings(home=home), salt=SALT, ledger=ledger, sources=sources, city_path=path)


@pytest.mark.parametrize(("language", "mark"), [("es", "ejemplo"), ("en", "example")])
def test_the_desk_marks_it_wherever_it_is_shown(tmp_path: Path, language: str, mark: str) -> None:
    context = mixed(tmp_path)
    client = browser(context, language)
    tag, source = f">{mark}</span>", f"Mastodon ({mark})"
    listed = client.get("/posts?source=example-mastodon").text
    assert listed.count(tag) == 6
    assert listed.count(source) == 6 + 4  # and in the lens, its menu, the facet and the light
    case = next(read.case_records(context.ledger, example=True))
    assert tag in client.get("/cases?all=1").text
    quoted = {"es": "«ejemplo»", "en": "“example”"}
    assert quoted[language] in client.get(f"/cases/{case.case_key}").text
    shown = next(read.post_records(context.ledger, example=True))
    page = client.get(f"/posts/{shown.post_id}").text
    assert tag in page
    assert source in page
    now = client.get("/").text
    words = {"es": "con ejemplos y mensajes reproducidos", "en": "with examples and replayed posts"}
    assert words[language] in now
    assert "example-" not in client.get("/notice").text
    context.ledger.close()


def test_without_it_the_desk_does_not_speak_of_it(tmp_path: Path) -> None:
    now = datetime.now(UTC) - timedelta(minutes=5)
    ledger = open_ledger(Settings(home=tmp_path).ledger, SALT)
    fill(ledger, MADRID, 6, now, replay=True)
    path = ROOT / "cities" / "madrid.toml"
    context = Context(city=MADRID, settings=Settings(home=tmp_path), salt=SALT, ledger=ledger, sources={}, city_path=path)
    page = browser(context).get("/").text
    assert "replayed" in page
    assert "example" not in page.replace("comunicacion@example.org", "")
    ledger.close()


def test_a_report_counts_it_apart_in_words_and_quotes_none_of_it(tmp_path: Path) -> None:
    context = mixed(tmp_path)
    end = datetime.now(UTC)
    week = timedelta(days=7)
    interval = Interval(previous=end - 2 * week, start=end - week, end=end)
    numbers = count(context.ledger, MADRID.zone, interval)
    assert (numbers.posts.now, numbers.replayed_posts, numbers.example_posts) == (6, 12, 6)  # an archive is in no other number
    assert numbers.examples == ()
    assert "Ejemplo (mensajes: 6 de 6; " in caveat(numbers, "es")
    alone = numbers.model_copy(update={"example_posts": 0, "example_cases": 0})
    assert "Example" not in caveat(alone, "en")
    context.ledger.close()
