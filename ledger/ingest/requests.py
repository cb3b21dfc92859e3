"""Store that a person wants a source collected before its next run."""

from datetime import datetime

from sqlalchemy import select

from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger, insert
from ledger.database.writing import writing


def request(ledger: Ledger, source: str, who: str, now: datetime) -> bool:
    """Queue a collection; False when one is queued already.

    A request whose run has begun since is over, and is replaced.
    """
    requests, runs = schema.collect_requests, schema.runs.c
    with writing(ledger) as connection:
        begun = select(runs.run_id).where(runs.source == source, runs.started_at >= requests.c.at).exists()
        connection.execute(requests.delete().where(requests.c.source == source, begun))
        row = {"source": source, "who": who, "at": now}
        if connection.execute(insert(connection, requests).values(row).on_conflict_do_nothing()).rowcount != 1:
            return False
        history.audit(connection, who, "collect requested", source, "", now)
    return True


def remove(ledger: Ledger, source: str, at: datetime) -> None:
    """Remove a request that was met, or that cannot be met."""
    requests = schema.collect_requests
    with writing(ledger) as connection:
        connection.execute(requests.delete().where(requests.c.source == source, requests.c.at == at))
