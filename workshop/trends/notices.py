"""Read real notices of Madrid's citizens (`shared/data`)."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from workshop.incidents.dataset import DATA
from workshop.training.data.sources import find_folder

NOTICES = find_folder(DATA, "avisos_madrid_es")


@dataclass(frozen=True, slots=True)
class CitizenNotice:
    """Hold one notice that a citizen gave to the city."""

    id: str
    at: datetime
    author: str
    """Pseudonym; empty: unknown."""
    text: str
    service: str
    """The city's own: 78 of them."""
    topic: str | None
    """Ours; None: not sure."""
    address: str
    """Street and number: `Calle Mayor, 13`."""
    is_request: bool
    """It asks for something new, and tells of no problem."""
    lat: float
    lon: float

    @property
    def street(self) -> str:
        """Return the street of the address."""
        return self.address.partition(",")[0].strip()


def notices(period: str) -> Iterator[CitizenNotice]:
    """Yield the notices of `2021` or `2023`, as the file has them."""
    with gzip.open(NOTICES / f"notices_{period}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for one in map(json.loads, lines):
            yield CitizenNotice(
                one["id"],
                datetime.fromisoformat(one["time"]),
                "" if one["author"] is None else str(one["author"]),
                one["text"],
                one["service"],
                one["topic"] if one["topic_sure"] else None,
                one["address"] or "",
                one["kind"] == "request",
                one["lat"],
                one["lon"],
            )
