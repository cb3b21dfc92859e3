"""Give answers to citizens of solved cases, each case of another citizen."""

from collections.abc import Sequence
from datetime import UTC, datetime

from core.privacy.pseudonymise import pseudonymise
from core.records.post import Raw
from ledger import read
from pipeline import casework
from pipeline.casework.answering import answers
from pipeline.context import Context
from tests.support.seeded import SALT, store_and_decide

PROBLEMS = (
    "Ramas secas sobre los columpios infantiles",
    "La fuente pierde agua por la base desde agosto",
    "Césped sin segar y lleno de cristales rotos",
    "Un pino se inclina hacia el carril de las bicicletas",
)
"""So unlike each other that each opens a separate case."""


def give(context: Context, texts: Sequence[str], start: int = 0, *, acknowledges: bool = False) -> list[str]:
    """Resolve a case for each text, and answer its citizen.

    Returns the keys of the cases. `acknowledges`: the answer is a receipt alone.
    """
    now = datetime.now(UTC)
    found = []
    for n, text in enumerate(texts, start):
        raw = Raw(
            source="x",
            native_id=f"given-{n}",
            text=f"{PROBLEMS[n]} ({6 * n + 5})",
            created_at=now,
            received_at=now,
            author_id=f"citizen-{n}",
            url=f"https://red.example/g{n}",
        )
        post = pseudonymise(raw, context.city, SALT)
        store_and_decide(context.ledger, context.city, [post], now, "x")
        casework.accept_review(context, post.post_id, "ana", "")
        record = read.post_record(context.ledger, post.post_id)
        assert record is not None
        assert record.case_key is not None
        [key] = answers.draft(context, [post.post_id], text, "es", "ana", acknowledges=acknowledges)
        answers.approve(context, key, "ana")
        answers.mark_copied(context, key, "ana")
        casework.resolve(context, record.case_key, "ana", "")
        found.append(record.case_key)
    return found
