"""Lines about pictures and links that come later, or from one server only, are no edit of a post."""

from datetime import datetime

import pytest

from ledger.ingest.dedupe import KnownPosts, sort_page
from tests.support.ledger_facts import HOUR, NOW, post

LINKED = "Así seguimos\n🔗 Quejas por el alumbrado"


@pytest.mark.parametrize(
    ("stored", "text", "edited_at", "is_changed"),
    [
        ("Así seguimos", LINKED, None, False),
        (LINKED, "Así seguimos", None, False),
        (LINKED, "Así seguimos\n🔗 Otro título", None, False),
        ("Así seguimos", "Ya está arreglado\n🔗 Quejas por el alumbrado", None, True),
        ("Así seguimos", "Así seguimos\n🖼 Farola caída", NOW + HOUR, True),
    ],
)
def test_only_another_text_or_a_later_edit_changes_a_post(stored: str, text: str, edited_at: datetime | None, is_changed: bool) -> None:
    seen = post(1, text=text, edited_at=edited_at)
    page = sort_page([seen], KnownPosts(texts={seen.post_id: (stored, None)}, erased=set()))
    assert (list(page.changed), page.duplicate) == (([seen.post_id], 0) if is_changed else ([], 1))
