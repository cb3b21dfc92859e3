"""Make a ledger of six usual weeks and one in which something happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.config.city import City, load_city
from core.config.settings import Settings
from core.records.annotation import Place
from core.records.post import Post
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations
from pipeline.context import Context
from tests.support.ledger_facts import ALCALA, LEASE, SALT, SOL, arrive, decide, into_case, no_case, post, reading

CITY: City = load_city(Path(__file__).resolve().parents[2] / "cities" / "madrid.toml")
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
"""The week of the report is the one from Monday 16 November."""
WEEK = timedelta(weeks=1)
USUAL_WEEKS = 6
ROADS_USUAL, WASTE_USUAL, ROADS_NOW, SPAM_NOW = 4, 5, 24, 6
IN_CASE = 15


@contextmanager
def week_context(home: Path) -> Iterator[Context]:
    """Provide the context of a filled ledger, without sources; close it afterwards."""
    ledger = filled(home)
    yield Context(city=CITY, settings=Settings(home=home), salt=SALT, ledger=ledger, sources={}, city_path=CITY.path)
    ledger.close()


def filled(home: Path, weeks: int = USUAL_WEEKS) -> Ledger:
    """Fill a ledger.

    Each week has 4 posts about roads and 5 about waste, in Salamanca. The last has 24 about roads instead, all at Puerta del Sol, of
    which 15 are in one case and all but the first name a trench; 6 more are spam.
    """
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)
    read: list[tuple[Post, dict[str, str | bool], tuple[Place, ...]]] = []
    number = 0
    for week in range(weeks + 1):
        start, last = MONDAY - week * WEEK, week == 0
        for topic, n in (("roads_pavements", ROADS_NOW if last else ROADS_USUAL), ("waste_cleaning", WASTE_USUAL)):
            for one in range(n):
                number += 1
                is_event = last and topic == "roads_pavements"
                text = ("Una zanja sin tapar" if one else "Un agujero") if is_event else "Lo de siempre"
                made = post(
                    number,
                    "mastodon",
                    text=f"{text} ({number})",
                    author=f"{number:032x}",
                    created_at=start + timedelta(hours=5 * one),
                    received_at=start + timedelta(hours=5 * one),
                )
                read.append((made, {"topic": topic}, (SOL,) if is_event else (ALCALA,)))
    for _spam in range(SPAM_NOW):
        number += 1
        made = post(number, "mastodon", text=f"prueba {number}", created_at=MONDAY, received_at=MONDAY)
        read.append((made, {"topic": "other", "spam": True}, ()))
    arrive(ledger, [made for made, _values, _places in read], "mastodon", NOW)
    assert annotations.claim_pending(ledger, "reader", 1000, NOW, LEASE)
    found = [reading(made, "reader@1", places, **values) for made, values, places in read]
    annotations.store_annotations(ledger, "reader", found, [], NOW)
    event = [made for made, _values, places in read if places == (SOL,)]
    others = [made for made, _values, places in read if places != (SOL,)]
    decide(ledger, [*into_case(*event[:IN_CASE]), *(no_case(one) for one in [*event[IN_CASE:], *others])], NOW)
    return ledger
