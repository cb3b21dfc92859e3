"""Decide for each post, oldest first: incident, then case, review or nothing.

Every decision has a reason. A post is first compared with the incidents of the last weeks. One that joins an incident is evidence for it,
whatever its own score; the eligibility rules then decide on the incident, and all posts of an incident with a case are in that case.
"""

from collections.abc import Sequence
from functools import partial

from core.config.brands import brands_of
from core.config.city import City
from core.config.word_lists import city_folder
from core.records.annotation import Annotation
from core.records.decision import CONTEXT_ONLY, COPY, Decision, KnownPosts
from core.records.kind import PostKind
from core.records.post import Post
from triage.answers import context_reason
from triage.eligibility import LIKE, exclusion_reason, gate, probability_of_any, review_threshold, stale_labels, voice_scores
from triage.identity.stations import stations_of
from triage.incident_matching import keys, stored
from triage.incident_matching.index import IncidentIndex
from triage.incident_matching.matcher import COMPARED, Verdict
from triage.incident_matching.post_features import PostFeatures, name_stems, post_features
from triage.incident_matching.subjects import subjects_of
from triage.incident_matching.vocabulary import Vocabulary
from triage.incident_matching.weights import Weights, load as load_weights
from triage.incidents.case_builder import incident_key
from triage.incidents.copies import copies_earlier
from triage.incidents.open_incidents import Incidents
from triage.kinds import kind_of
from triage.kinds.routes import route_of
from triage.made_forms import FeatureCache

UNCHANGED = ("person: ", CONTEXT_ONLY)
"""Prefixes of reasons that name no copy."""


def decide(
    city: City,
    posts: Sequence[tuple[Post, Annotation]],
    known: KnownPosts | None = None,
    weights: Weights | None = None,
    cache: FeatureCache | None = None,
) -> list[Decision]:
    """Decide these posts, oldest first; decisions come in the same order.

    Args:
        city: the profile with thresholds, departments and working hours.
        posts: posts with their annotations, corrections by people already applied to the labels.
        known: earlier decisions; None: none.
        weights: the trained models; None: the shipped ones.
        cache: features from earlier batches with this profile and these weights; changes no decision.
    """
    return Triage(city, known, weights, cache).decide(posts)


def accept(city: City, post: Post, annotation: Annotation, known: KnownPosts, who: str, weights: Weights | None = None) -> Decision:
    """Decide a post that a person accepted from the review queue."""
    return Triage(city, known, weights).accept(post, annotation, who)


def keys_of(city: City, post: Post, annotation: Annotation) -> tuple[float, tuple[int, ...]]:
    """Return when a decided post was written, and its index keys.

    Later posts are matched with it by these keys.
    """
    features = Triage(city).features(post, annotation)
    return features.at, tuple(sorted(keys.keys_of(features)))


def join(city: City, post: Post, annotation: Annotation, known: KnownPosts, key: str, who: str, weights: Weights | None = None) -> Decision:
    """Decide a post that a person assigned to an incident."""
    return Triage(city, known, weights).join(post, annotation, key, who)


def decide_excluded(post: Post, annotation: Annotation) -> Decision:
    """Decide a post that belongs to no incident.

    A repost has a kind; a post by the city and spam have none.
    """
    reason = exclusion_reason(post, annotation) or ""
    kind, why = kind_or_none(post, annotation)
    return Decision(post_id=post.post_id, outcome="no_case", reason=reason, kind=kind, kind_reason=why)


def kind_or_none(post: Post, annotation: Annotation) -> tuple[PostKind | None, str]:
    """Return the kind of a post and its reason.

    (None, "") for a post by the city and for spam.
    """
    if (exclusion_reason(post, annotation) or "").startswith(("own", "spam")):
        return None, ""
    kind = kind_of(post, annotation)
    return kind.value, kind.reason


class Triage:
    """Hold the state of one run; look-ups of earlier posts are cached."""

    def __init__(
        self, city: City, known: KnownPosts | None = None, weights: Weights | None = None, cache: FeatureCache | None = None
    ) -> None:
        self.city, self.known = city, known
        self.weights = weights or load_weights()
        self._cache = all_features = FeatureCache() if cache is None else cache
        self._build = build = partial(build_features, city, self.weights.vocabulary)
        self.matcher = self.weights.matcher(city.triage.similar)
        self.index = IncidentIndex(known, lambda one: all_features.features(one.post, one.annotation, build), all_features.pairs)
        self.incidents = Incidents(city, self.index)
        self._excluded: set[str] = set()
        """Posts excluded from the case of their incident."""

    def decide(self, posts: Sequence[tuple[Post, Annotation]]) -> list[Decision]:
        """Decide posts, oldest first."""
        all_features = {
            post.post_id: self.features(post, annotation) for post, annotation in posts if exclusion_reason(post, annotation) is None
        }
        if all_features:
            self._prefetch(list(all_features.values()))
        found = [self._named_copy(self._decide_one(one, read, all_features.get(one.post_id))) for one, read in posts]
        return [self._join_later_case(one) for one in found]

    def _prefetch(self, all_features: Sequence[PostFeatures]) -> None:
        """Load in advance what deciding these posts needs, with few queries."""
        if self.known is None:
            return
        self.known.prefetch([features.post_id for features in all_features])
        before = (self.known.member_of(features.post_id) for features in all_features)
        incidents = [key for key in before if key is not None]
        self.index.prefetch(all_features, [*incidents, *map(incident_key, all_features)], COMPARED)

    def accept(self, post: Post, annotation: Annotation, who: str) -> Decision:
        """Put a post into its incident's case, or a new one."""
        features = self.features(post, annotation)
        verdict = self._belongs(features, alone_is_new=True)
        key = verdict.join or incident_key(features)
        if self.incidents.has_ended(key, features):
            key, verdict = f"{incident_key(features)}-2", Verdict(None, 1.0)
        self.index.add(features, key)
        return self.incidents.put_in_case(features, key, verdict, f"person: {who} accepted it")

    def join(self, post: Post, annotation: Annotation, key: str, who: str) -> Decision:
        """Put a post into an incident.

        It joins the incident's case if that is open for posts, else it stays in review.
        """
        features = self.features(post, annotation)
        self.index.add(features, key)
        verdict, reason = Verdict(key, 1.0), f"person: {who} said it is the same as {key}"
        if self.incidents.has_case(key) and not self.incidents.has_ended(key, features):
            return self.incidents.put_in_case(features, key, verdict, reason)
        return self.incidents.decision(features, key, verdict, "in_review", reason)

    def _decide_one(self, post: Post, annotation: Annotation, features: PostFeatures | None) -> Decision:
        if features is None:
            return decide_excluded(post, annotation)
        verdict = self._belongs(features)
        key = verdict.join or incident_key(features)
        if verdict.join is not None and (reason := self._context_reason(features, annotation, key)):
            self._excluded.add(features.post_id)
            return self.incidents.context_decision(features, key, verdict, reason)
        self.index.add(features, key)
        marked = annotation.labels["actionable"]
        is_person = marked.model == "person"
        is_out = marked.value is False if is_person else self._is_outside(features, key)
        if is_out:
            self._excluded.add(features.post_id)
        if self.incidents.has_ended(key, features):
            self._excluded.add(features.post_id)
            return self.incidents.decision(features, key, verdict, "in_review", "ended: its case was closed long ago or merged")
        if self.incidents.has_case(key) and not is_out:
            ground = f"; ground: {verdict.ground}" if verdict.ground else ""
            reason = f"joined: {verdict.reason} with {key}{ground}"
            return self.incidents.put_in_case(features, key, verdict, reason)
        members, _ = self.index.known(key)
        ruling = gate(self.city, features, annotation, members)
        if ruling.outcome == "act":
            found = self.incidents.put_in_case(features, key, verdict, ruling.reason)
            return found.model_copy(update={"relabel": stale_labels(self.city, features, annotation)})
        outcome, reason = ruling.outcome, ruling.reason
        if outcome == "no_case" and not is_out and (suggested := self._review_reason(features, verdict)):
            outcome, reason = "in_review", suggested
        return self.incidents.decision(features, key, verdict, outcome, reason)

    def _named_copy(self, one: Decision) -> Decision:
        """Add to the reason of a copy that it is one.

        What a person decided about a post stays as it is, and so does a reply that is only context.
        """
        key = one.belongs_to
        if key is None or one.reason.startswith(UNCHANGED):
            return one
        members, _ = self.index.known(key)
        if not copies_earlier(self.index.posts[one.post_id], members):
            return one
        return one.model_copy(update={"reason": f"{one.reason}; {COPY}"})

    def _belongs(self, features: PostFeatures, alone_is_new: bool = False) -> Verdict:
        """Return the incident of a post: its earlier one, else the matcher's.

        Args:
            features: those of the post.
            alone_is_new: match it again when it is alone in its incident.
        """
        before = self.known.member_of(features.post_id) if self.known is not None else None
        if before is not None:
            self.index.fetch_incident(before)
            _, size = self.index.known(before)
            if not (alone_is_new and size <= 1 and before == incident_key(features)):
                return Verdict(before, 1.0, reason="was put there before")
        excluded = self.known.excluded_incidents(features.post_id) if self.known is not None else ()
        return self.matcher.match(features, self.index, lambda key: key not in excluded and self._accepts(key, features))

    def _accepts(self, key: str, features: PostFeatures) -> bool:
        """Return whether an incident accepts a post of this kind now.

        Proposals are with proposals and their debate. A notice in that debate is an incident of its own.
        """
        if not self.incidents.accepts(key, features):
            return False
        members, _ = self.index.known(key)
        is_listed = route_of(self.city, members[0]) == "list"
        route = route_of(self.city, features, members[0])
        return is_listed == (route == "list") or (is_listed and route == "conversation")

    def _is_outside(self, features: PostFeatures, key: str) -> bool:
        """Return whether a post belongs to no case by its kind.

        A proposal is listed; a debate is a conversation, unless it is about a notice.
        """
        members, _ = self.index.known(key)
        route = route_of(self.city, features, members[0] if members else None)
        return route == "list" or (route == "conversation" and not self.incidents.has_case(key))

    def _context_reason(self, features: PostFeatures, annotation: Annotation, key: str) -> str | None:
        """Return why a reply is only context of its incident.

        None: it is a member, also when a person assigned it.
        """
        members, size = self.index.known(key)
        if not members:
            return None
        reason = context_reason(self.city, features, annotation, members, size, self.incidents.has_case(key))
        assigned = reason and self.known is not None and self.known.assigned_by_person(features.post_id)
        return None if assigned else reason

    def _review_reason(self, features: PostFeatures, verdict: Verdict) -> str | None:
        """Return why a person should review a post that is not evidence."""
        for one in verdict.suggestions:
            if one.probability < LIKE:
                continue
            members, _ = self.index.known(one.incident)
            together = probability_of_any(voice_scores([*members, features]))
            if self.incidents.has_case(one.incident) or together >= review_threshold(self.city):
                why = verdict.apart.get(one.incident)
                return f"suggested: likeness {one.probability:.2f} with {one.incident}{f'; apart: {why}' if why else ''}"
        return None

    def _join_later_case(self, one: Decision) -> Decision:
        """Move a post into a case that a later post opened.

        The decision holds the case as it is at the end of the batch.
        """
        if one.incident_key is None or one.post_id in self._excluded or not self.incidents.has_case(one.incident_key):
            return one
        return self.incidents.with_current_case(one)

    def features(self, post: Post, annotation: Annotation) -> PostFeatures:
        """Return the features of a post, from the cache if possible."""
        return self._cache.features(post, annotation, self._build)


def build_features(city: City, vocabulary: Vocabulary, post: Post, annotation: Annotation) -> PostFeatures:
    """Return the features of a post: the stored ones, else made now."""
    if annotation.features is not None:
        known = stored.unpack(annotation.features, _rules(city, vocabulary), post, annotation, vocabulary)
        if known is not None:
            return known
    folder = city_folder(city)
    own_name = name_stems(_names(city))
    return post_features(post, annotation, vocabulary, subjects_of(folder), own_name, city.handles, stations_of(folder), brands_of(folder))


def features_of(city: City, post: Post, annotation: Annotation) -> bytes:
    """Make the features of a post that was read, to be stored.

    They go beside its annotation, so that they are made once.
    """
    vocabulary = load_weights().vocabulary
    return stored.pack(build_features(city, vocabulary, post, annotation), _rules(city, vocabulary))


def _rules(city: City, vocabulary: Vocabulary) -> bytes:
    return stored.rules_of(city_folder(city), (*_names(city), "", *sorted(city.handles)), vocabulary)


def _names(city: City) -> tuple[str, ...]:
    return city.name, *city.questions.get("relevance", {}).get("names", ())
