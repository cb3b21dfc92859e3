"""Read a listing whose pages are counted (`page=2`), newest first."""

from collections.abc import Callable
from datetime import datetime

from collectors.paging.cursor import StreamCursor
from collectors.paging.newest_first import ListingPage
from collectors.parsing import Item, parse_date
from core.records.collection import Budget


def counted_page(
    cursor: StreamCursor,
    budget: Budget,
    fetch: Callable[[int], list[Item]],
    position: Callable[[Item], int | None],
    written_at: Callable[[Item], datetime | None],
    since: datetime,
) -> ListingPage:
    """Fetch the next counted page, for `NewestFirst.read`.

    What is removed between two runs moves the rest up, so a run begins one page before the one that it would have read. A page that comes a
    second time is asked for once more. The first fetch ends where all records are older than `since`, or at an empty page.

    Args:
        cursor: of the stream.
        budget: of the run.
        fetch: returns the records of a page, counted from 1.
        position: of a record; see `NewestFirst`.
        written_at: the server's date of a record; None: it has none.
        since: how far back the first fetch goes, should this be it.
    """
    run = budget.now.isoformat()
    number, begun, lowest = (cursor.token or f"1 {run} -").split(" ")[:3]
    page = int(number) if begun == run else max(int(number) - 1, 1)
    items = fetch(page)
    records = [item for item in items if isinstance(item, dict)]
    ids = [place for item in records if (place := position(item)) is not None]
    start = cursor.since or since.isoformat()  # a first fetch may take several runs
    is_first = not (cursor.high if cursor.gap_until is None else cursor.gap_until)
    dates = [date for item in records if (date := written_at(item)) is not None]
    token: str | None = f"{page + 1} {run} {min(ids, default='-')}"
    if ids and begun == run and lowest == str(min(ids)):
        token = f"{page} {run} {lowest} again"
    elif not items or (is_first and dates and max(dates) < parse_date(start)):
        token = None
    return ListingPage(items, token, extra_state={"since": start})
