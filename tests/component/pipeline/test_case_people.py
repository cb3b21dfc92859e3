"""Whatever people and the machine do to cases in whatever order, nothing a person decided is undone by the machine.

A sequence mixes people (merge, split, move, take, set topic, assign, correct, reject, undo) with the machine (new posts, answers,
edited posts, another model, triage again, posts deleted upstream). A plain list of what people decided last, kept beside the
ledger, is compared with the ledger after every step of the machine. `ESCUCHA_SEQUENCES` sets how many sequences are played, and
`ESCUCHA_FIRST_SEQUENCE` the seed of the first one: many sequences can be played in pieces. The first four are quick enough for
`make test`, the others are slow tests.
"""

import os
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.privacy.pseudonymise import pseudonymise
from core.records.case import OPEN
from core.records.post import Post
from ledger import read
from ledger.ingest import cursors, store
from ledger.processing import annotations
from ledger.retention import forget
from pipeline import casework
from pipeline.casework import fields, grouping, last_done, ownership
from pipeline.context import Context
from pipeline.steps.triage import triage
from tests.support.ledger_facts import unbalanced
from tests.support.seeded import SALT, open_seeded, raws, read_by_hand

NOW = datetime.now(UTC)
SEQUENCES = int(os.environ.get("ESCUCHA_SEQUENCES", "12"))
FIRST = int(os.environ.get("ESCUCHA_FIRST_SEQUENCE", "0"))
STEPS = 14
QUICK = 4
OPEN_STATES = ", ".join(f"'{state}'" for state in sorted(OPEN))
POSTS = """SELECT post_id, case_key, topic FROM posts LEFT JOIN case_posts USING (post_id) LEFT JOIN labels USING (post_id)
  ORDER BY created_at, post_id"""
CASES = f"SELECT case_key, topic, department, assignee FROM cases WHERE state IN ({OPEN_STATES})"  # noqa: S608
TOPICS = ("roads_pavements", "noise", "parks_trees", "waste_cleaning")


@dataclass
class Decided:
    """What people decided last, kept by hand."""

    together: dict[str, str] = field(default_factory=dict)
    """Post to the case that a person put it in."""
    topic: dict[str, str] = field(default_factory=dict)
    department: dict[str, str] = field(default_factory=dict)
    assignee: dict[str, str] = field(default_factory=dict)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)


class Sequence:
    """One random sequence over a ledger with two cases."""

    def __init__(self, context: Context, dice: random.Random) -> None:
        self.context, self.dice, self.decided, self.count = context, dice, Decided(), 24

    def play(self) -> None:
        people = (self.merge, self.split, self.move, self.take, self.set_topic, self.assign, self.correct, self.undo)
        machine = (self.answers_come, self.posts_are_edited, self.the_model_changes, self.a_post_is_deleted)
        for _ in range(STEPS):
            if self.dice.random() < 0.5:
                with suppress(ConfigurationError):  # refused: nothing was decided
                    self.dice.choice(people)()
            else:
                self.dice.choice(machine)()
                triage(self.context)
                self.nothing_is_undone()
        assert unbalanced(self.context.ledger) == []

    # ------------------------------------------------------------------ people

    def merge(self) -> None:
        one, other = self.some_case(), self.some_case()
        moved = self.posts(one)
        grouping.merge(self.context, one, other, "ana", "the same")
        self.decided.together |= dict.fromkeys(moved, other)
        self.forget_case(one)

    def split(self) -> None:
        key = self.some_case()
        chosen = [one for one in self.posts(key) if self.dice.random() < 0.5]
        new = grouping.split(self.context, key, chosen, "ana", "another thing")
        self.decided.together |= dict.fromkeys(chosen, new)

    def move(self) -> None:
        key, into = self.some_case(), self.some_case()
        chosen = self.posts(key)[:1]
        grouping.move(self.context, key, chosen, into, "ana", "it belongs there")
        self.decided.together |= dict.fromkeys(chosen, into)

    def take(self) -> None:
        key = self.some_case()
        ownership.take(self.context, key, "ana")
        self.decided.assignee[key] = "ana"

    def set_topic(self) -> None:
        key, topic = self.some_case(), self.dice.choice(TOPICS)
        fields.set_topic(self.context, key, topic, "ana", "")
        self.decided.topic[key] = topic

    def assign(self) -> None:
        key, name = self.some_case(), self.dice.choice(self.context.city.departments).name
        before = read.case_record(self.context.ledger, key)
        casework.assign(self.context, key, name, "ana", "theirs")
        if before is not None and before.department != name:
            self.decided.department[key] = name

    def correct(self) -> None:
        post_id, topic = self.dice.choice(self.posts(self.some_case())), self.dice.choice(TOPICS)
        casework.correct(self.context, post_id, "topic", topic, "ana", "")
        self.decided.labels[post_id, "topic"] = topic

    def undo(self) -> None:
        """Take back a change: what it decided is no longer decided, and what was decided before it may hold again."""
        key = self.some_case()
        work = read.case_work(self.context.ledger, key)
        changes = [] if work is None else [one for one in work.changes if one.what in last_done.UNDOABLE and not one.undone]
        if changes:
            change = self.dice.choice(changes)
            grouping.undo(self.context, change.id, "ana", "a mistake")
            for one in read.cases_of_change(self.context.ledger, change.id):
                self.forget_case(one)
            self.decided.together = {
                post: case for post, case in self.decided.together.items() if post not in change.before.get("posts", ())
            }

    # ----------------------------------------------------------------- machine

    def answers_come(self) -> None:
        parent = self.dice.choice(self.posts(self.some_case()))
        number, self.count = self.count, self.count + 1
        raw = raws(number + 1, NOW)[number]
        new = pseudonymise(raw, self.context.city, SALT).model_copy(update={"reply_to": parent, "thread": parent})
        self.store([new])

    def posts_are_edited(self) -> None:
        key = self.some_case()
        edited = [post for post in map(self.post, self.posts(key)) if self.dice.random() < 0.6]
        self.store([one.model_copy(update={"text": f"{one.text} !"}) for one in edited])

    def the_model_changes(self) -> None:
        model = f"hand@{self.dice.randrange(2, 99)}"
        annotations.requeue_outdated(self.context.ledger, model)
        self.read_pending(model)

    def a_post_is_deleted(self) -> None:
        post_id = self.dice.choice(self.posts(self.some_case()))
        forget.erase_post(self.context.ledger, post_id, "upstream", NOW)
        self.decided.together.pop(post_id, None)
        self.decided.labels.pop((post_id, "topic"), None)

    def store(self, posts: list[Post]) -> None:
        """Collect these posts; the triage that follows decides them."""
        run = cursors.begin_run(self.context.ledger, "archive", NOW)
        cursors.read_cursor(self.context.ledger, "archive")
        store.store_page(self.context.ledger, run, "archive", posts, [], {"at": len(posts)}, None, NOW)
        cursors.end_run(self.context.ledger, run, NOW, "done")
        self.read_pending("hand@1")

    def read_pending(self, model: str) -> None:
        claimed = annotations.claim_pending(self.context.ledger, "w", 500, NOW, timedelta(minutes=5))
        found = [read_by_hand(post, model) for post in claimed]
        annotations.store_annotations(self.context.ledger, "w", found, [], NOW)

    # ------------------------------------------------------------------ checks

    def nothing_is_undone(self) -> None:
        posts = {post_id: (key, topic) for post_id, key, topic in self.rows(POSTS)}
        for post_id, key in self.decided.together.items():
            assert posts[post_id][0] == key, f"{post_id} was put into {key} by a person"
        for (post_id, question), value in self.decided.labels.items():
            assert question == "topic"
            assert posts[post_id][1] == value
        for key, topic, department, assignee in self.rows(CASES):
            assert topic == self.decided.topic.get(key, topic)
            assert department == self.decided.department.get(key, department)
            assert assignee == self.decided.assignee.get(key, assignee)

    def forget_case(self, key: str) -> None:
        for what in (self.decided.topic, self.decided.department, self.decided.assignee):
            what.pop(key, None)

    def some_case(self) -> str:
        filled = {key for _, key, _ in self.rows(POSTS)}
        found = [key for key, *_ in self.rows(CASES) if key in filled]
        if not found:
            raise ConfigurationError("there is no open case left")
        return self.dice.choice(sorted(found))

    def posts(self, key: str) -> list[str]:
        return [post_id for post_id, case_key, _ in self.rows(POSTS) if case_key == key]

    def rows(self, statement: str) -> list[tuple[str, ...]]:
        """Ask the tables themselves: a tenth of the time of the product's records."""
        with self.context.ledger.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def post(self, post_id: str) -> Post:
        found = read.post_of(self.context.ledger, post_id)
        assert found is not None
        return found


@dataclass
class Start:
    """The ledger that every sequence starts from: filling it takes longer than playing one.

    One context plays them all, as a worker does: a new one would compile every statement again.
    """

    context: Context
    file: Path
    filled: bytes

    def again(self) -> Context:
        self.context.ledger.close()  # its next connection opens the new file
        for left in self.file.parent.glob(f"{self.file.name}-*"):
            left.unlink()
        self.file.write_bytes(self.filled)
        return self.context


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    context = open_seeded(tmp_path_factory.mktemp("home"), 24, NOW - timedelta(hours=1))
    context.ledger.close()
    file = Path(context.settings.ledger.removeprefix("sqlite:///"))
    yield Start(context, file, file.read_bytes())
    context.ledger.close()


@pytest.fixture
def context(start: Start) -> Context:
    return start.again()


@pytest.mark.parametrize("seed", [pytest.param(FIRST + n, marks=[pytest.mark.slow] if n >= QUICK else []) for n in range(SEQUENCES)])
def test_no_decision_of_a_person_is_undone_by_the_machine(context: Context, seed: int) -> None:
    Sequence(context, random.Random(seed)).play()  # noqa: S311
