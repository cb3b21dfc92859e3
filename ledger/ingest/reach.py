"""Store the counts that a network shows beside a post."""

from collections.abc import Mapping

from sqlalchemy import Connection, select, update

from core.records.post import Post, StoredReach
from ledger import schema
from ledger.mapping import CHUNK

FIELDS = tuple(StoredReach.model_fields)


def reach_of(post: Post) -> StoredReach:
    """Return the reach of a post."""
    return StoredReach(**{name: getattr(post, name) for name in FIELDS})


def update_reach(connection: Connection, found: Mapping[str, StoredReach]) -> int:
    """Store the reach of posts seen again; return how many changed.

    `found` is by post id. A count that the network does not return this time keeps its value. The post keeps its version: nothing that a
    person or triage decides depends on the counts. The index takes the same version with new counts, since it compares versions with
    `external_gte`.
    """
    given = {post_id: one.model_dump(exclude_none=True) for post_id, one in found.items()}
    changed = 0
    for post_id, stored in sorted(_stored(connection, sorted(one for one, new in given.items() if new)).items()):
        new = given[post_id]
        if any(stored[name] != value for name, value in new.items()):
            which = schema.posts.c.post_id == post_id
            connection.execute(update(schema.posts).where(which).values(**new, index_state="pending", index_reason=None))
            changed += 1
    return changed


def _stored(connection: Connection, post_ids: list[str]) -> dict[str, dict[str, int | str | None]]:
    columns = [schema.posts.c[name] for name in FIELDS]
    found = {}
    for start in range(0, len(post_ids), CHUNK):
        some = schema.posts.c.post_id.in_(post_ids[start : start + CHUNK])
        for row in connection.execute(select(schema.posts.c.post_id, *columns).where(some)):
            found[row.post_id] = {name: getattr(row, name) for name in FIELDS}
    return found
