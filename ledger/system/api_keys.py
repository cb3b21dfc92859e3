"""Audit keys of a public interface that came or went."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger, insert
from ledger.database.writing import writing

NAME = "open311_keys"
"""The row of `meta` with the keys in use at the last start: names and digests."""


def note_keys(ledger: Ledger, keys: Mapping[str, str], now: datetime) -> list[tuple[str, str]]:
    """Audit how the keys differ from those of the last start.

    Several portals started at once write each difference once.

    Args:
        ledger: the open ledger.
        keys: of each key its name and a digest of its entry.
        now: time of the entries.

    Returns:
        What changed: the action as the audit names it, and the name of the key.
    """
    with writing(ledger) as connection:
        before = _known(connection)
        if before == dict(keys):
            return []
        found = [("open311_key_revoked", name) for name in sorted(before.keys() - keys.keys())]
        found += [("open311_key_in_use", name) for name in sorted(keys.keys() - before.keys())]
        both = sorted(keys.keys() & before.keys())
        found += [("open311_key_changed", name) for name in both if keys[name] != before[name]]
        for what, name in found:
            history.audit(connection, history.ESCUCHA, what, name, "", now)
        statement = insert(connection, schema.meta).values(name=NAME, value=json.dumps(dict(keys), sort_keys=True))
        new = {"value": statement.excluded.value}
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=new))
        return found


def _known(connection: Connection) -> dict[str, str]:
    meta = schema.meta.c
    value = connection.execute(select(meta.value).where(meta.name == NAME).with_for_update()).scalar_one_or_none()
    return {} if value is None else dict(json.loads(value))
