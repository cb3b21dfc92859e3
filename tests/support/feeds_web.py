"""Serve feeds on loopback, and read them like the pipeline."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from collectors import feeds
from core.config.city import City
from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw
from tests.support.stubs.server import Reply, Request, Stub

NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Web(Stub):
    """Serve `pages` by path: a Reply, or a function of the request."""

    def __init__(self, **given: object) -> None:
        self.pages: dict[str, Reply | Callable[[Request], Reply]] = {}
        super().__init__(**given)  # type: ignore[arg-type]

    def answer(self, request: Request) -> Reply:
        page = self.pages.get(request.path, Reply(b"nothing here", 404))
        return page if isinstance(page, Reply) else page(request)


def entry(number: int | str, text: str = "Texto", date: str = "Tue, 24 Nov 2026 09:00:00 +0100", **more: str) -> str:
    told = {"guid": f"https://diario.example/{number}", "title": f"Noticia {number}", "description": text, "pubDate": date, **more}
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in told.items() if value) + "</item>"


def rss(*entries: str, head: str = '<?xml version="1.0" encoding="utf-8"?>') -> bytes:
    channel = f"<channel><title>Diario</title><language>es-ES</language>{''.join(entries)}</channel>"
    return f'{head}<rss version="2.0">{channel}</rss>'.encode()


def served(*entries: str, **headers: str) -> Reply:
    return Reply(rss(*entries), headers={"Content-Type": "application/rss+xml", **headers})


class Reader:
    """Read feeds like the pipeline."""

    def __init__(self, city: City, *urls: str, **options: object) -> None:
        self.city = city
        self.options = feeds.Options.model_validate({"feeds": urls, "allow_private": True, **options})
        self.cursor: Json | None = None
        self.pages: list[Page] = []
        self.spent: list[int] = []

    def run(self, now: datetime = NOW, pages: int = 200) -> list[Raw]:
        budget = Budget(now=now, until=now + HOUR, pages=pages, _spend=lambda requests, _: self.spent.append(requests))
        raws: list[Raw] = []
        for page in feeds.collect(self.city, self.options, None, self.cursor, budget):
            self.cursor = json.loads(json.dumps(page.cursor))
            self.pages.append(page)
            raws += page.raws
        return raws

    def reasons(self) -> list[str]:
        return [one.reason for page in self.pages for one in page.rejects]

    def ids(self, now: datetime = NOW, pages: int = 200) -> list[str]:
        return [raw.native_id.rpartition("/")[2] for raw in self.run(now, pages)]

    def state(self, url: str) -> dict[str, object]:
        assert self.cursor is not None
        return self.cursor["streams"][url]  # type: ignore[index,call-overload,return-value]


def failure(reader: Reader, now: datetime = NOW) -> SourceError:
    """Return the error of a run that must fail."""
    with pytest.raises(SourceError) as caught:
        reader.run(now)
    return caught.value
