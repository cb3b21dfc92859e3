"""Write files of a council, and read them like the pipeline."""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from collectors import archive
from core.config.city import City
from core.privacy.intake import reject_reason
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")
GOOD_ROW = '{};20/11/2026;"Una fila año, con ""comillas"" y\r\nsalto"\r\n'


def budget(pages: int = 1000, now: datetime = NOON) -> Budget:
    return Budget(now=now, until=now + timedelta(minutes=4), pages=pages)


class Reader:
    """Read files like the pipeline: page by page, through intake."""

    def __init__(self, city: City, *paths: Path | str, **options: object) -> None:
        self.city = city
        self.options = archive.Options.model_validate({"files": [str(path) for path in paths], **options})
        self.cursor: Json | None = None
        self.pages: list[Page] = []

    def run(self, pages: int = 1000, now: datetime = NOON) -> tuple[list[Raw], dict[str, str]]:
        """Return one run's messages, and its reject reasons by place."""
        raws: list[Raw] = []
        refused: dict[str, str] = {}
        for page in archive.collect(self.city, self.options, None, self.cursor, budget(pages, now)):
            # through JSON, as the ledger keeps it
            self.cursor = json.loads(json.dumps(page.cursor))
            self.pages.append(page)
            refused |= {one.place: one.reason for one in page.rejects}
            for raw in page.raws:
                reason = reject_reason(raw, now)
                if reason is None:
                    raws.append(raw)
                else:
                    refused[raw.place] = reason
        return raws, refused


def line(number: object, text: str = "Hay una farola rota", **more: object) -> str:
    return json.dumps({"id": str(number), "text": text, "created_at": "2026-11-20T10:50:19", **more}, ensure_ascii=False) + "\n"


def write(path: Path, lines: Iterable[str | bytes]) -> Path:
    path.write_bytes(b"".join(one.encode() if isinstance(one, str) else one for one in lines))
    return path


def written_at(moment: datetime, path: Path, lines: Iterable[str | bytes]) -> Path:
    os.utime(write(path, lines), (moment.timestamp(), moment.timestamp()))
    return path
