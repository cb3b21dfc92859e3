"""Find every place above the ledger that takes a post's words past `core.quotes`, and ask it for a reason."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("pipeline", "reports", "portal", "desk", "contact_centre", "dashboards", "escucha")
GIVERS = {
    "Post",
    "PostRecord",
    "SeenPost",
    "message_texts",
    "listed",
    "messages",
    "post_of",
    "post_record",
    "post_records",
    "posts_at_border",
    "records_of",
    "seen_posts",
    "thread",
}
"""What gives a module the words of posts."""
NO_POST = "the text of an answer, a template, a form or a place"
ON_THE_DESK = "staff read it on the desk"
COUNTED = "words are counted or compared, and none is shown"
REASONS = {
    "contact_centre/open311/__init__.py": NO_POST,
    "contact_centre/open311/shapes.py": NO_POST,
    "contact_centre/ticket.py": "the department that works on a letter reads it in its ticket",
    "desk/pages/analysis/gold.py": ON_THE_DESK,
    "desk/pages/cases/__init__.py": ON_THE_DESK,
    "desk/pages/cases/answers.py": NO_POST,
    "desk/pages/cases/composer.py": NO_POST,
    "desk/pages/cases/preview.py": NO_POST,
    "desk/pages/explanations.py": ON_THE_DESK,
    "desk/pages/messages/__init__.py": ON_THE_DESK,
    "desk/pages/posts.py": ON_THE_DESK,
    "desk/pages/search.py": ON_THE_DESK,
    "escucha/commands/thresholds/deriving.py": COUNTED,
    "pipeline/casework/answering/answers.py": NO_POST,
    "pipeline/casework/answering/known_answers.py": COUNTED,
    "pipeline/casework/answering/votes.py": COUNTED,
    "pipeline/city/example_history.py": NO_POST,
    "pipeline/export.py": NO_POST,
    "pipeline/proof/labels.py": "the site's own labels, made on the desk and kept by the site",
    "pipeline/steps/answer.py": NO_POST,
    "pipeline/steps/collect.py": "a record that is refused is hidden before it is stored",
    "pipeline/warnings/sightings.py": COUNTED,
    "portal/open311/own_requests.py": "the citizen's own request, asked for with its secret",
    "reports/build/headline.py": COUNTED,
    "reports/build/incident.py": COUNTED,
    "reports/retract_quotes.py": "a quote of a report is compared with what may be quoted now",
}


def reads_words(source: str) -> bool:
    """Tell whether a module has posts and reads the text of anything."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {one.attr for one in nodes if isinstance(one, ast.Attribute)} | {one.id for one in nodes if isinstance(one, ast.Name)}
    reads = any(isinstance(one, ast.Attribute) and one.attr == "text" and isinstance(one.ctx, ast.Load) for one in nodes)
    return reads and bool(names & GIVERS)


def test_whatever_reads_the_words_of_posts_says_why_it_does_not_quote() -> None:
    paths = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix() for path in paths if reads_words(path.read_text(encoding="utf-8"))}
    assert sorted(found - REASONS.keys()) == [], "take the words from core.quotes.quote, or say here why not"
    assert sorted(REASONS.keys() - found) == [], "these do not read words any more"


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        ("for one in read.post_records(ledger):\n    mail.add(one.text)", True),
        ("for one in read.post_records(ledger):\n    mail.add(quote(one, 200))", False),
        ("mail.add(answer.text)", False),
    ],
)
def test_a_composer_that_takes_the_text_itself_would_be_found(source: str, is_found: bool) -> None:
    assert reads_words(source) is is_found
