"""Keep decided posts in memory, for tests of pure triage.

Implements `core.records.decision.KnownPosts`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from core.records.annotation import Annotation
from core.records.decision import CONTEXT_ONLY, Decision, KnownIncident, KnownPost
from core.records.post import Post


class DecidedBefore:
    """Return earlier decisions about posts, as the ledger would."""

    def __init__(
        self,
        posts: Iterable[tuple[Post, Annotation]],
        decisions: Iterable[Decision],
        state: str = "new",
        closed_at: datetime | None = None,
        untouched: bool = True,
        excluded_incidents: Mapping[str, Collection[str]] | None = None,
        reopened: int = 0,
    ) -> None:
        self.decided = {one.post_id: one for one in decisions}
        self.by_id = {post.post_id: (post, reading) for post, reading in posts}
        self.state, self.closed_at, self.untouched, self.reopened = state, closed_at, untouched, reopened
        self.ruled_out = dict(excluded_incidents or {})

    def newest(self, keys: Sequence[int], since: float, most: int) -> Mapping[int, Sequence[tuple[float, str]]]:
        filed = [(one.at, one.post_id, set(one.keys)) for one in self.decided.values() if one.at >= since]
        found = {key: sorted((at, post_id) for at, post_id, own in filed if key in own) for key in keys}
        return {key: entries[-most:] for key, entries in found.items() if entries}

    def posts(self, post_ids: Sequence[str]) -> Mapping[str, KnownPost]:
        return {
            one: KnownPost(post=self.by_id[one][0], annotation=self.by_id[one][1], incident=key, version=1)
            for one in post_ids
            if one in self.by_id and (key := self.decided[one].belongs_to) is not None
        }

    def incidents(self, keys: Sequence[str], ends: int) -> Mapping[str, KnownIncident]:
        return {key: found for key in keys if (found := self.incident(key, ends)) is not None}

    def prefetch(self, post_ids: Sequence[str]) -> None:
        pass

    def incident(self, key: str, ends: int) -> KnownIncident | None:
        members = [one for one in self.decided.values() if not one.reason.startswith(CONTEXT_ONLY)]
        ids = [one.post_id for one in members if one.belongs_to == key]
        ids.sort(key=lambda one: (self.by_id[one][0].created_at, one))
        if not ids:
            return None
        cases = [one.case for one in self.decided.values() if one.belongs_to == key and one.case is not None]
        case = cases[-1].model_copy(update={"state": self.state}) if cases else None
        some = ids if len(ids) <= ends else [ids[0], *ids[-ends:]]
        return KnownIncident(
            key=key,
            post_ids=tuple(some),
            size=len(ids),
            case=case,
            closed_at=self.closed_at,
            reopened=self.reopened,
            untouched=case is not None and self.untouched,
        )

    def member_of(self, post_id: str) -> str | None:
        return None

    def assigned_by_person(self, post_id: str) -> bool:
        return False

    def excluded_incidents(self, post_id: str) -> Collection[str]:
        return self.ruled_out.get(post_id, ())
