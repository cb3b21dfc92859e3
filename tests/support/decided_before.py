"""Posts decided before, kept in memory: `core.decision.KnownPosts` for tests of pure triage."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from core.annotation import Annotation
from core.decision import READ_ONLY, Decision, KnownIncident, KnownPost
from core.post import Post


class DecidedBefore:
    """What triage decided of these posts, as the ledger would give it back."""

    def __init__(
        self, posts: Iterable[tuple[Post, Annotation]], decisions: Iterable[Decision], state: str = "new",
        closed_at: datetime | None = None, untouched: bool = True, never: Mapping[str, Collection[str]] | None = None,
    ) -> None:  # fmt: skip
        self.decided = {one.post_id: one for one in decisions}
        self.by_id = {post.post_id: (post, reading) for post, reading in posts}
        self.state, self.closed_at, self.untouched = state, closed_at, untouched
        self.ruled_out = dict(never or {})

    def newest(self, keys: Sequence[int], since: float, most: int) -> Mapping[int, Sequence[tuple[float, str]]]:
        filed = [(one.at, one.post_id, set(one.keys)) for one in self.decided.values() if one.at >= since]
        found = {key: sorted((at, post_id) for at, post_id, own in filed if key in own) for key in keys}
        return {key: entries[-most:] for key, entries in found.items() if entries}

    def posts(self, post_ids: Sequence[str]) -> Mapping[str, KnownPost]:
        return {
            one: KnownPost(post=self.by_id[one][0], reading=self.by_id[one][1], incident=key, version=1)
            for one in post_ids
            if one in self.by_id and (key := self.decided[one].belongs_to) is not None
        }

    def incidents(self, keys: Sequence[str], ends: int) -> Mapping[str, KnownIncident]:
        return {key: found for key in keys if (found := self.incident(key, ends)) is not None}

    def expect(self, post_ids: Sequence[str]) -> None:
        pass

    def incident(self, key: str, ends: int) -> KnownIncident | None:
        members = [one for one in self.decided.values() if not one.reason.startswith(READ_ONLY)]
        ids = [one.post_id for one in members if one.belongs_to == key]
        ids.sort(key=lambda one: (self.by_id[one][0].created_at, one))
        if not ids:
            return None
        cases = [one.case for one in self.decided.values() if one.belongs_to == key and one.case is not None]
        case = cases[-1].model_copy(update={"state": self.state}) if cases else None
        some = ids if len(ids) <= ends else [ids[0], *ids[-ends:]]
        return KnownIncident(
            key=key, post_ids=tuple(some), size=len(ids), case=case, closed_at=self.closed_at,
            untouched=case is not None and self.untouched,
        )  # fmt: skip

    def member_of(self, post_id: str) -> str | None:
        return None

    def put_by_a_person(self, post_id: str) -> bool:
        return False

    def never(self, post_id: str) -> Collection[str]:
        return self.ruled_out.get(post_id, ())
