"""The example month is worked by an invented office: by its script, of example cases alone, and never against a person."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import load_city
from core.config.settings import Settings
from core.records.case import State
from core.records.post import Post
from ledger import read
from ledger.cases import workflow
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations
from pipeline import casework
from pipeline.casework import grouping, ownership
from pipeline.city import example_history, example_office, example_reviews
from pipeline.city.example_history import play_history
from pipeline.city.example_office import WHO, OfficeStep, ToldOfPost
from pipeline.context import Context, read_profile
from reports.output.open_data import response_times
from tests.support.ledger_facts import LEASE, SALT, arrive, case_key, decide, into_case, no_case, post, reading, unbalanced

MADRID = Path(__file__).resolve().parents[3] / "cities" / "madrid.toml"
OPENED = datetime(2026, 11, 16, 8, tzinfo=UTC)
"""Monday, nine o'clock in Madrid."""
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TEXTS = {"es": "Ya está reparada.", "en": "It is mended."}


def step(after: float, do: str, **more: object) -> OfficeStep:
    return OfficeStep.model_validate({"after": after, "do": do, **more})


LAMP = (step(1, "assign"), step(2, "note", text="Aviso a la contrata."), step(4, "answer", **TEXTS), step(14, "resolve", why="Comprobado."))


def example(n: int, **more: object) -> Post:
    return post(
        n,
        "example-x",
        **{"post_id": f"{n:02x}" * 16, "created_at": OPENED, "received_at": OPENED, "replayed_from": OPENED, "author": f"{n:032x}"} | more,
    )


class Office:
    """Hold a ledger with example cases, and what the authors say of its posts."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.told: dict[str, ToldOfPost] = {}
        self.script: dict[str, tuple[OfficeStep, ...]] = {}

    def case(self, *posts: Post, steps: tuple[OfficeStep, ...] = (), languages: tuple[str, ...] = ()) -> str:
        """Store posts of one incident in one case; return its key."""
        self._store(posts, languages)
        decide(self.context.ledger, into_case(*posts, replay=True), OPENED)
        for one in posts:
            self.told.setdefault(one.post_id, ToldOfPost(one.post_id, posts[0].post_id, actionable=True))
        self.script[posts[0].post_id] = steps
        return case_key(posts[0])

    def waiting(self, one: Post, about: ToldOfPost) -> None:
        """Put a post in review."""
        self._store([one], ())
        decide(self.context.ledger, [no_case(one, "in_review")], OPENED)
        self.told[one.post_id] = about

    def _store(self, posts: tuple[Post, ...] | list[Post], languages: tuple[str, ...]) -> None:
        ledger = self.context.ledger
        arrive(ledger, posts, posts[0].source, OPENED)
        claimed = annotations.claim_pending(ledger, "reader", 100, OPENED, LEASE)
        spoken = dict(zip([one.post_id for one in posts], languages, strict=False))
        found = [reading(one, language=spoken.get(one.post_id, "es")) for one in claimed]
        annotations.store_annotations(ledger, "reader", found, [], OPENED)

    def steps(self, key: str) -> list[tuple[State, str, datetime]]:
        return [(one.state, one.who, one.at) for one in read.transitions(self.context.ledger, key)][1:]

    def states(self, key: str) -> list[State]:
        return [state for state, _, _ in self.steps(key)]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    yield ledger
    ledger.close()


@pytest.fixture
def office(tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Office:
    _, sources = read_profile(MADRID)
    office = Office(Context(load_city(MADRID), Settings(home=tmp_path), SALT, ledger, sources, MADRID))
    for module in (example_history, example_reviews):
        monkeypatch.setattr(module, "now", lambda: NOW)
    monkeypatch.setattr(example_history, "told", lambda _context: office.told)
    monkeypatch.setattr(example_history, "matters", lambda: office.script)
    return office


def test_a_case_is_taken_answered_and_solved_in_office_hours(office: Office) -> None:
    key = office.case(example(1), steps=LAMP)
    assert play_history(office.context) == 4
    hour = timedelta(hours=1)
    assert office.steps(key) == [
        ("assigned", WHO, OPENED + hour),
        ("answered", WHO, OPENED + 4 * hour),
        ("resolved", WHO, OPENED + timedelta(days=1, hours=2)),  # twelve hours a day: the fourteenth is of Tuesday
    ]
    (note,) = read.notes(office.context.ledger, key)
    (answer,) = read.answers(office.context.ledger, case_key=key)
    assert (note.who, note.text, note.at) == (WHO, "Aviso a la contrata.", OPENED + 2 * hour)
    assert (answer.text, answer.state, answer.given_at, answer.approved_by) == ("Ya está reparada.", "copied", OPENED + 4 * hour, WHO)
    assert unbalanced(office.context.ledger) == []


def test_each_citizen_is_answered_once_in_his_language(office: Office) -> None:
    same = {"author": f"{1:032x}"}
    late = example(5, created_at=OPENED + timedelta(hours=5), received_at=OPENED + timedelta(hours=5))
    posts = [example(1), example(2), example(3), example(4, **same), late]
    key = office.case(*posts, steps=LAMP, languages=("es", "en", "uk", "es", "es"))
    play_history(office.context)
    given = {one.post_id: (one.language, one.text) for one in read.answers(office.context.ledger, case_key=key)}
    assert given == {posts[0].post_id: ("es", "Ya está reparada."), posts[1].post_id: ("en", "It is mended.")}


def test_a_draft_waits_and_what_is_not_ours_is_closed_with_its_body(office: Office) -> None:
    waits = office.case(example(1), steps=(step(1, "assign"), step(2, "draft", **TEXTS)))
    closed = office.case(example(2), steps=(step(1, "assign"), step(2, "not_ours", body="Metro de Madrid", es="Es de Metro.")))
    play_history(office.context)
    assert [one.state for one in read.answers(office.context.ledger, case_key=waits)] == ["draft"]
    assert (office.states(waits), office.states(closed)) == (["assigned"], ["assigned", "rejected"])
    assert read.transitions(office.context.ledger, closed)[-1].why == "not ours: Metro de Madrid; answered on example-x"


def test_a_case_that_is_opened_again_answers_who_wrote_since(office: Office) -> None:
    back = example(2, created_at=OPENED + timedelta(days=2), received_at=OPENED + timedelta(days=2))
    again = (step(25, "reopen", why="Vuelve a fallar."), step(27, "answer", es="Volvemos hoy."), step(29, "answer", es="Nadie más."))
    key = office.case(example(1), back, steps=LAMP + again)
    play_history(office.context)
    assert office.states(key) == ["assigned", "answered", "resolved", "assigned", "answered"]
    assert [one.text for one in read.answers(office.context.ledger, case_key=key)] == ["Ya está reparada.", "Volvemos hoy."]
    assert play_history(office.context) == 0


def test_nothing_is_made_twice_and_the_rest_follows_with_the_hours(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    key = office.case(example(1), steps=LAMP)
    monkeypatch.setattr(example_history, "now", lambda: OPENED + timedelta(hours=3))
    assert (play_history(office.context), play_history(office.context)) == (2, 0)
    assert office.states(key) == ["assigned"]
    monkeypatch.setattr(example_history, "now", lambda: NOW)
    assert (play_history(office.context), play_history(office.context)) == (2, 0)


def test_what_a_person_does_is_left_alone(office: Office) -> None:
    answered, taken = office.case(example(1), steps=LAMP), office.case(example(2), steps=LAMP)
    workflow.change(office.context.ledger, answered, "answered", "ana", "", NOW - timedelta(days=6))
    ownership.take(office.context, taken, "ana", "", None)
    assert play_history(office.context) == 0


def test_without_the_example_month_nothing_is_played(office: Office) -> None:
    office.case(example(1), steps=LAMP)
    for one in office.context.sources.values():
        one.switched_off = "off: a real source is on"
    assert play_history(office.context) == 0


def test_the_demonstration_shows_response_times_and_the_open_data_none(office: Office) -> None:
    for n in range(1, 8):
        office.case(example(n), steps=LAMP)
    play_history(office.context)
    shown = response_times(office.context.city, office.context.ledger, NOW, example=True).rows[0]
    assert shown.median_hours is not None
    assert response_times(office.context.city, office.context.ledger, NOW).rows == ()


def test_the_older_posts_in_review_are_decided_by_what_their_author_says(office: Office) -> None:
    first = example(1)
    key = office.case(first)
    recent = {"created_at": NOW - timedelta(hours=30), "received_at": NOW - timedelta(hours=30)}
    office.waiting(example(2), ToldOfPost("b", first.post_id, actionable=False))  # of the incident of the case
    office.waiting(example(3, text="Una rama caída en la plaza de Olavide"), ToldOfPost("c", "another", actionable=True))
    office.waiting(example(4, text="Buenos días"), ToldOfPost("d", None, actionable=False))
    office.waiting(example(5, **recent), ToldOfPost("e", None, actionable=False))
    assert play_history(office.context) == 3
    now = {one.post_id: (one.decision, one.case_key) for one in read.post_records(office.context.ledger, example=True)}
    (_, opened) = now[example(3).post_id]
    assert now[example(2).post_id] == ("in_case", key)
    assert opened not in (None, key)
    assert now[example(4).post_id] == ("no_case", None)
    assert now[example(5).post_id] == ("in_review", None)
    assert play_history(office.context) == 0


def test_cases_of_one_incident_are_merged_and_those_about_nothing_closed(office: Office) -> None:
    first, other = office.case(example(1)), office.case(example(2))
    office.told[example(2).post_id] = office.told[example(1).post_id]
    idle = office.case(example(3))
    office.told[example(3).post_id] = ToldOfPost("c", None, actionable=False)
    assert play_history(office.context) == 2
    assert {key: read.case_record(office.context.ledger, key).state for key in (first, other, idle)} == {  # type: ignore[union-attr]
        first: "new",
        other: "merged",
        idle: "rejected",
    }


def test_what_a_visitor_decided_is_not_decided_again(office: Office) -> None:
    """Of a post in review, of a new case about nothing, and of a case that was split off."""
    ledger = office.context.ledger
    office.waiting(example(1, text="Buenos días"), ToldOfPost("a", None, actionable=False))
    casework.reject_review(office.context, example(1).post_id, "visitor", "")
    casework.take_back_review(office.context, [example(1).post_id], "visitor")
    idle, whole = office.case(example(2)), office.case(example(3), example(4))
    office.told[example(2).post_id] = ToldOfPost("b", None, actionable=False)
    casework.note(office.context, idle, "visitor", "Lo miro yo.")
    grouping.split(office.context, whole, [example(4).post_id], "visitor", "")
    assert play_history(office.context) == 0
    assert read.post_record(ledger, example(1).post_id).decision == "in_review"  # type: ignore[union-attr]
    assert [one.state for one in read.case_records(ledger, example=True)] == ["new"] * 3


@pytest.mark.slow
def test_a_kill_between_two_steps_and_two_processes_leave_one_history(office: Office, tmp_path: Path) -> None:
    keys = [office.case(example(n), steps=LAMP) for n in range(1, 9)]
    play = (
        "import sys; from pathlib import Path; from core.config.settings import Settings\n"
        "from pipeline.context import open_context; from pipeline.city import example_history\n"
        "from pipeline.city.example_office import OfficeStep, ToldOfPost\n"
        f"told = {{key: ToldOfPost(*values) for key, values in { {key: tuple(one) for key, one in office.told.items()}!r}.items()}}\n"
        "example_history.told = lambda _: told\n"
        f"steps = tuple(OfficeStep.model_validate(one) for one in {[one.model_dump() for one in LAMP]!r})\n"
        "example_history.matters = lambda: {key: steps for key in told}\n"
        f"with open_context(Path({str(MADRID)!r}), Settings(home=Path({str(tmp_path)!r}), salt={SALT.decode()!r})) as context:\n"
        "    example_history.play_history(context)\n"
    )
    root = MADRID.parents[1]

    def start(**more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", play], cwd=root, env={"PATH": "/usr/bin:/bin", **more})

    assert start(ESCUCHA_FAULT_AT="example.played:7").wait(120) == -signal.SIGKILL
    assert [one.wait(120) for one in [start(), start()]] == [0, 0]
    for key in keys:
        assert office.states(key) == ["assigned", "answered", "resolved"]
        assert len(read.notes(office.context.ledger, key)) == len(read.answers(office.context.ledger, case_key=key)) == 1
    assert unbalanced(office.context.ledger) == []


def test_the_script_is_of_posts_that_exist_and_can_be_played(office: Office) -> None:
    """Whoever changes posts or script sees here what no longer fits."""
    told = example_office.told(office.context)
    known = {one.key: one for one in told.values()}
    script = example_office.matters()
    assert len(script) == 158
    assert sorted(set(script) - set(known)) == []
    for key, steps in script.items():
        assert known[key].actionable, key
        assert [one.after for one in steps] == sorted(one.after for one in steps), key
        for one in steps:
            assert (one.do in ("ask", "answer", "not_ours", "draft")) == ("es" in one.texts), key
            assert (one.do == "note") == bool(one.text), key
            assert (one.do == "not_ours") == bool(one.body), key
            assert all(len(text) <= 260 for text in one.texts.values()), key
