"""Audit the keys of systems that create requests by Open311."""

from collections.abc import Mapping, Sequence

from ledger.system import api_keys, audit
from pipeline.context import Context, now


def note_made(context: Context, name: str, topics: Sequence[str], who: str) -> None:
    """Audit that a person made a key.

    Args:
        context: the open context.
        name: of the key; the key itself is never stored.
        topics: what it may create; empty: all.
        who: the person.
    """
    audit.log(context.ledger, who, "open311_key_made", name, ", ".join(topics), now())


def note_in_use(context: Context, keys: Mapping[str, str]) -> None:
    """Audit how the keys in use changed since the last start.

    `keys`: of each key its name and a digest of its entry.
    """
    api_keys.note_keys(context.ledger, keys, now())
