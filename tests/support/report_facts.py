"""Make a ledger with numbers that can be counted by hand.

tests/component/reports/test_reports_numbers.py does.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.config.city import City, load_city
from core.records.annotation import Place
from core.records.case import Case, Incident, State
from core.records.collection import Gap
from core.records.decision import Decision
from core.records.post import Post, Rejected
from ledger import leases
from ledger.cases import workflow
from ledger.database import Ledger, open_ledger
from ledger.ingest import cursors, store
from ledger.processing import annotations, decisions
from reports.build.statistics import Numbers
from reports.document.headline import shortened
from tests.support.ledger_facts import ALCALA, SALT, SOL, reading

CITY: City = load_city(Path(__file__).resolve().parents[2] / "cities" / "madrid.toml")
LEASE = timedelta(minutes=10)
ROADS, WASTE = "Vías públicas", "Limpieza y residuos"
Said = tuple[str, str, str, tuple[Place, ...]]


def at(day: int, hour: int = 12) -> datetime:
    """Return an hour (UTC) of a day of November 2026.

    The week of the report: from the 16th, 6:00, to the 23rd, 6:00 (7:00 in Madrid).
    """
    return datetime(2026, 11, day, hour, tzinfo=UTC)


NOW = at(23, 8)


def post(n: int, written: datetime, source: str = "x", **more: object) -> Post:
    fields: dict[str, object] = {
        "post_id": f"{n:032x}",
        "source": source,
        "text": f"Mensaje número {n}",
        "created_at": written,
        "received_at": written,
        "author": f"{n:032x}",
    }
    return Post.model_validate(fields | more)


ROAD: Said = ("negative", "complaint", "roads_pavements", (ALCALA,))
ROAD_SOL: Said = ("negative", "complaint", "roads_pavements", (SOL,))
BINS: Said = ("negative", "complaint", "waste_cleaning", (SOL,))
THANKS: Said = ("positive", "praise", "culture_sports_events", ())
ASKED: Said = ("neutral", "question", "administration", ())

POSTS: dict[int, tuple[Post, Said | None]] = {
    1: (post(1, at(16, 6)), ROAD),  # the first moment of the interval: in
    2: (post(2, at(17)), ROAD),
    3: (post(3, at(18)), BINS),
    4: (post(4, at(19)), THANKS),
    5: (post(5, at(22)), ASKED),
    6: (post(6, at(20), "archive", replayed_from=datetime(2016, 5, 1, tzinfo=UTC)), ROAD_SOL),
    7: (post(7, at(21), own=True), ("neutral", "news", "roads_pavements", (ALCALA,))),
    8: (post(8, at(21)), ROAD),  # about another town: see fill
    9: (post(9, at(21)), None),  # pending annotation
    10: (post(10, at(23, 6)), ROAD),  # the first moment after the interval: out
    11: (post(11, at(9, 6)), ROAD_SOL),  # the first moment of the interval before
    12: (post(12, at(12)), THANKS),
    13: (post(13, at(9, 5)), ROAD),  # before both
}
ELSEWHERE, UNREAD = 8, 9


def fill(ledger: Ledger) -> None:
    """Store everything above, the cases below, two rejects and a gap."""
    for source in ("x", "archive"):
        run = cursors.begin_run(ledger, source, NOW)
        cursors.read_cursor(ledger, source)
        gap = Gap(newer_than="1", older_than="9", reason="look_back") if source == "x" else None
        rejects = [Rejected.of(source, f"line {n}", "bad_json", f"{{{n}") for n in range(2)] if source == "archive" else []
        own = [one for one, _said in POSTS.values() if one.source == source]
        store.store_page(ledger, run, source, own, rejects, {"at": 1}, gap, at(22))
        cursors.end_run(ledger, run, NOW, "done")
    claimed = {one.post_id for one in annotations.claim_pending(ledger, "test", 100, NOW, LEASE)}
    assert len(claimed) == len(POSTS)
    read = [
        reading(one, places=said[3], sentiment=said[0], intent=said[1], topic=said[2], relevance=n != ELSEWHERE)
        for n, (one, said) in POSTS.items()
        if said is not None
    ]
    annotations.store_annotations(ledger, "test", read, [], NOW)
    _decide(ledger)


# key: post, department, received, due, replay, and the steps after that
CASES: dict[str, tuple[int, str, datetime, datetime, bool, tuple[tuple[State, datetime], ...]]] = {
    "C-A": (1, ROADS, at(16, 10), at(18, 10), False, (("answered", at(16, 14)), ("resolved", at(17)))),  # 4 h, in time
    "C-B": (2, ROADS, at(17, 10), at(19, 10), False, (("answered", at(19, 20)),)),  # 58 h, late
    "C-C": (3, ROADS, at(20), at(24), False, ()),  # not due yet
    "C-D": (11, WASTE, at(12, 9), at(16, 9), False, ()),  # its date passed in the interval, no answer
    "C-E": (12, WASTE, at(12, 9), at(13, 9), False, (("answered", at(17, 9)),)),  # 120 h, late since the week before
    "C-F": (6, ROADS, at(18), at(20), True, ()),  # replayed: never answered
    "C-G": (5, WASTE, at(21), at(22), False, (("merged", at(22)),)),  # answered as part of another
}


def _decide(ledger: Ledger) -> None:
    assert leases.hold(ledger, "triage", "test", NOW, LEASE)
    decisions.untriaged(ledger, 100)
    in_cases = {number for number, *_ in CASES.values()}
    found = [_opens(key) for key in CASES] + [
        Decision(post_id=one.post_id, outcome="in_review" if n == 4 else "no_case", reason="below: actionable 0.40 < 0.50")
        for n, (one, said) in POSTS.items()
        if said is not None and n not in in_cases
    ]
    assert decisions.store_decisions(ledger, "test", found, NOW) == len(found)
    leases.release(ledger, "triage", "test")
    for key, (*_rest, steps) in CASES.items():
        for state, when in steps:
            workflow.change(ledger, key, state, "ana", "", when)


def _opens(key: str) -> Decision:
    number, department, received, due, replay, _steps = CASES[key]
    one = POSTS[number][0]
    incident = Incident(
        key=f"I-{key}", topic="roads_pavements", place_key=None, first_at=one.created_at, last_at=one.created_at, post_ids=(one.post_id,)
    )
    case = Case(
        key=key,
        incident_key=incident.key,
        title="Caso",
        topic="roads_pavements",
        department=department,
        priority=1,
        reason="act",
        post_ids=(one.post_id,),
        received_at=received,
        due_at=due,
        replay=replay,
    )
    return Decision(post_id=one.post_id, outcome="in_case", reason="act", incident=incident, case=case, opens=True)


def small_ledger(home: Path) -> Ledger:
    """Return the filled ledger."""
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)
    fill(ledger)
    return ledger


NASTY = {
    "typst": '#import "x": y; $x^2$ @ref <label> *bold* _under_ `raw` #eval("1") // comment \\ #set page(fill: red)',
    "html": "<script>alert(1)</script> &amp; <img src=x onerror=alert(1)> {{ 7*7 }} {% raw %}",
    "emoji": "Gracias 🙏🏽 👨‍👩‍👧‍👦 ❤️ 🇪🇸 por la fuente",
    "right_to_left": "שלום עולם مرحبا بالعالم ‮evil‬ text",
    "chinese": "马德里的垃圾没有人收 街灯坏了",
    "control": "uno\x00dos\x07tres\x1bcuatro\u2028cinco\ufffe\ud83d",
    "one_word": "a" * 5000,
    "towers": "Z" + "\u0301" * 200 + "algo",
    "many_scripts": "Ελληνικά кириллица հայերեն ქართული ไทย தமிழ் 한국어 ꦗꦮ 𓀀 𝔐𝔞𝔡𝔯𝔦𝔡 ½ № ™ → ▯",
    "nothing": "\u200b\u200c\u00ad",
}
"""Texts that try to be markup, or that fonts and layouts do not expect."""


def quoting(numbers: Numbers, *texts: str) -> Numbers:
    """Return the numbers with these texts as the posts that are quoted."""
    examples = [numbers.examples[0].model_copy(update={"text": shortened(text, 300)}) for text in texts]
    return numbers.model_copy(update={"examples": tuple(examples)})
