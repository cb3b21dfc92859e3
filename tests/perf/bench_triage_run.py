"""Decide what waits in one ledger and print what it cost, as JSON: `bench_triage.py` runs this with the code of any revision."""

import hashlib
import inspect
import json
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.config.city import load_city
from gazetteer import gazetteer_of
from ledger import leases
from ledger.database import open_ledger
from ledger.processing import decisions
from triage import decide

paused: Callable[[], AbstractContextManager[None]] = nullcontext
with suppress(ImportError):  # older revisions let the collector run
    from core.runtime import garbage_collection

    paused = garbage_collection.paused

BATCH, LEASE = 512, timedelta(hours=1)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def main(url: str, salt: bytes) -> None:
    """Decide batch by batch as `escucha triage` does; CPU seconds of deciding, and of reading and writing."""
    ledger, city = open_ledger(url, salt), load_city(Path("cities/madrid.toml"))
    gazetteer_of(city).find("Colegio Inexistente Uno")  # loads the gazetteer and its spelling
    more: dict[str, Any] = {}
    if "cache" in inspect.signature(decide).parameters:
        from triage.made_forms import FeatureCache

        more = {"cache": FeatureCache()}
    deciding = storing = wall = 0.0
    digest, count = hashlib.sha256(), 0
    assert leases.hold(ledger, "triage", "bench", NOW, LEASE)
    while True:
        began, first = time.perf_counter(), time.process_time()
        if not (batch := decisions.untriaged(ledger, BATCH)):
            break
        second = time.process_time()
        with paused(), decisions.known_posts(ledger) as known:
            found = decide(city, batch, known, **more)
        third = time.process_time()
        decisions.store_decisions(ledger, "bench", found, NOW)
        deciding, storing = deciding + third - second, storing + time.process_time() - third + second - first
        wall, count = wall + time.perf_counter() - began, count + len(found)
        for one in found:
            digest.update(one.model_dump_json().encode())
    ledger.close()
    most = Path("/proc/self/status").read_text(encoding="utf-8").split("VmHWM:")[1].split()[0]  # getrusage would count the parent
    facts = {"posts": count, "decide": deciding, "ledger": storing, "wall": wall, "mb": int(most) / 1024}
    print(json.dumps(facts | {"decisions": digest.hexdigest()[:16]}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2].encode())
