"""Posts and cases for tests: `post` and `case` make one with what matters named, `many_*` make a seeded crowd."""

from datetime import UTC, datetime
from typing import Any

from core.facts import CaseFact, PostFact

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def post(post_id: str, **known: Any) -> PostFact:
    """A post of 3 November 2026 that nobody has read yet; `known` says what is different."""
    fields: dict[str, Any] = dict.fromkeys(PostFact.model_fields)
    fields |= {
        "post_id": post_id, "source": "x", "kind": "post", "own": False, "replay": False, "text": "Una farola rota",
        "created_at": NOON, "corrected": (), "places": (), "decision": "untriaged", "reason": "", "version": 1,
    }  # fmt: skip
    fields |= known
    fields["received_at"] = fields["received_at"] or fields["created_at"]
    fields["month"] = fields["month"] or fields["created_at"].strftime("%Y.%m")
    return PostFact(**fields)


def case(case_key: str, **known: Any) -> CaseFact:
    """A new case of 3 November 2026; `known` says what is different."""
    fields: dict[str, Any] = dict.fromkeys(CaseFact.model_fields)
    fields |= {
        "case_key": case_key, "title": "Farola rota", "topic": "street_lighting", "department": "Vías públicas",
        "state": "new", "is_open": True, "priority": 1, "opened_at": NOON, "due_at": datetime(2026, 11, 6, 12, tzinfo=UTC),
        "source": "x", "sources": ("x",), "posts": 1, "authors": 1, "reason": "", "system": "casebook", "replay": False,
        "version": 1,
    }  # fmt: skip
    fields |= known
    fields["month"] = fields["month"] or fields["opened_at"].strftime("%Y.%m")
    return CaseFact(**fields)
