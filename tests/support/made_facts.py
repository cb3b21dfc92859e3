"""Make posts and cases for tests.

`post` and `case` make one with the relevant fields given, `many_*` make a seeded set.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from core.records.annotation import INTENTS, SENTIMENTS, TOPICS
from core.records.post import FOLLOWERS_BANDS
from core.records.read_models import CaseRecord, PostRecord

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def post(post_id: str, **known: Any) -> PostRecord:
    """Make an unannotated post of 3 November 2026, with `known` fields changed."""
    fields: dict[str, Any] = dict.fromkeys(PostRecord.model_fields)
    fields |= {
        "post_id": post_id,
        "source": "x",
        "kind": "post",
        "own": False,
        "replay": False,
        "text": "Una farola rota",
        "created_at": NOON,
        "corrected": (),
        "confirmed": (),
        "changed": (),
        "delay_hours": 0.0,
        "places": (),
        "decision": "untriaged",
        "reason": "",
        "version": 1,
    }
    fields |= known
    fields["received_at"] = fields["received_at"] or fields["created_at"]
    fields["month"] = fields["month"] or fields["created_at"].strftime("%Y.%m")
    return PostRecord(**fields)


def case(case_key: str, **known: Any) -> CaseRecord:
    """Make a new case of 3 November 2026, with `known` fields changed."""
    fields: dict[str, Any] = dict.fromkeys(CaseRecord.model_fields)
    fields |= {
        "case_key": case_key,
        "title": "Farola rota",
        "topic": "street_lighting",
        "department": "Vías públicas",
        "state": "new",
        "is_open": True,
        "waits": True,
        "priority": 1,
        "opened_at": NOON,
        "due_at": datetime(2026, 11, 6, 12, tzinfo=UTC),
        "source": "x",
        "sources": ("x",),
        "posts": 1,
        "authors": 1,
        "reason": "",
        "system": "casebook",
        "replay": False,
        "version": 1,
    }
    fields |= known
    fields["month"] = fields["month"] or fields["opened_at"].strftime("%Y.%m")
    return CaseRecord(**fields)


DISTRICTS = ("Centro", "Chamberí", "Fuencarral-El Pardo", 'Puente de "Vallecas"', "Moncloa - Aravaca", None)
DEPARTMENTS = ("Limpieza y residuos", "Vías públicas", "Atención a la ciudadanía", "O'Donnell & cía")
SOURCES = ("x", "bluesky", "feeds", "archive")


def many_posts(count: int, now: datetime, seed: int, empty_day: int = 9) -> list[PostRecord]:
    """Make posts of the last 50 days, one of them empty.

    Some are unannotated, some the city's own, some replayed.
    """
    dice = random.Random(seed)  # noqa: S311
    more = random.Random(seed + 1_000)  # noqa: S311  separate, so that the other fields stay as they were
    bands = random.Random(seed + 2_000)  # noqa: S311
    made = []
    for n in range(count):
        created = now - timedelta(seconds=dice.randrange(1, 50 * 86_400))
        if timedelta(days=empty_day) < now - created < timedelta(days=empty_day + 2):
            created -= timedelta(days=3)
        is_read = dice.random() < 0.9
        read = {
            "sentiment": dice.choice(SENTIMENTS),
            "intent": dice.choice(INTENTS),
            "topic": dice.choice(TOPICS[:9]),
            "actionable": dice.random() < 0.3,
            "relevance": dice.random() < 0.9,
            "language": "es",
            "sentiment_score": 0.5,
            "spam": n % 17 == 0,
        }
        made.append(
            post(
                f"{n:032x}",
                created_at=created,
                source=dice.choice(SOURCES),
                own=dice.random() < 0.05,
                replay=dice.random() < 0.3,
                district=dice.choice(DISTRICTS),
                author=f"a{dice.randrange(50)}",
                text=dice.choice(["Farola rota en la calle Alcalá", 'Dicen "mañana"', "¡Qué ruido!"]),
                **{**(read if is_read else {}), **_reach_and_verdicts(more, bands, is_read)},
            )
        )
    return made


QUESTIONS = ("sentiment", "intent", "topic", "actionable")
CERTAINTIES = (0.2, 0.5, 0.69, 0.7, 0.75, 0.8, 0.9, 1.0)
"""Some of them exactly on the edge of a band."""


def _reach_and_verdicts(dice: random.Random, bands: random.Random, is_read: bool) -> dict[str, Any]:
    """Make the fields of reach, place, form, delay, and of what people checked."""
    checked = sorted(dice.sample(QUESTIONS, dice.randrange(0, 3))) if is_read and dice.random() < 0.4 else []
    same = [one for one in checked if dice.random() < 0.7]
    return {
        "kind": dice.choice(("post", "post", "reply", "comment", "repost", "quote")),
        "likes": dice.choice((None, 0, 1, 7, 250)),
        "shares": dice.choice((None, None, 0, 3)),
        "replies": dice.choice((None, 0, 2)),
        "views": dice.choice((None, 900, 12_000)),
        "followers_band": bands.choice((None, *FOLLOWERS_BANDS)),
        "style": None,
        "delay_hours": dice.randrange(1, 500) / 10,
        "barrio": dice.choice(("Sol", "Almagro", None)),
        "place": dice.choice(("Plaza de Olavide", "Calle de Alcalá", None)),
        "case_kind": dice.choice(("report", "question", "praise", None)) if is_read else None,
        "decision": dice.choice(("in_case", "in_review", "untriaged")) if is_read else "untriaged",
        "corrected": tuple(checked),
        "confirmed": tuple(same),
        "changed": tuple(one for one in checked if one not in same),
        "language": dice.choice(("es", "es", "en")) if is_read else None,
        "topic_certainty": dice.choice(CERTAINTIES) if is_read else None,
        "actionable_certainty": dice.choice(CERTAINTIES) if is_read else None,
    }


def many_cases(count: int, now: datetime, seed: int) -> list[CaseRecord]:
    """Make cases of the last 60 days.

    From new to resolved, in time and late. Times are whole minutes, some of them equal.
    """
    dice = random.Random(seed)  # noqa: S311
    more = random.Random(seed + 1_000)  # noqa: S311
    made = []
    for n in range(count):
        opened = now - timedelta(minutes=dice.randrange(1, 60 * 1440))
        due = opened + timedelta(hours=dice.choice((24, 48, 72)))
        state = dice.choice(("new", "assigned", "answered", "resolved", "rejected"))
        hours = min(dice.randrange(1, 9_000) / 60, (now - opened).total_seconds() / 3600 * 0.9)
        answered = opened + timedelta(hours=hours) if state in ("answered", "resolved", "rejected") else None
        is_closed = state in ("resolved", "rejected")
        made.append(
            case(
                f"2026-{n:06}",
                opened_at=opened,
                due_at=due,
                state=state,
                is_open=not is_closed,
                waits=state in ("new", "assigned"),
                answered_at=answered,
                closed_at=answered + (now - answered) * dice.random() if answered and is_closed else None,
                answer_hours=hours if answered else None,
                within_due=answered <= due if answered else None,
                department=dice.choice(DEPARTMENTS),
                topic=dice.choice(TOPICS),
                source=dice.choice(SOURCES),
                district=dice.choice(DISTRICTS),
                replay=dice.random() < 0.3,
                kind=more.choice(("report", "request", "question", "proposal", None)),
                authors=more.choice((1, 1, 2, 4, 5, 9, 10, 40)),
            )
        )
    return made
