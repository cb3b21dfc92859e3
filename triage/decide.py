"""Decide for each post, oldest first: its incident, then a case (new or known), a person's look, or no case; always with a reason.

Incident first: a post is compared with the incidents of the last weeks before anything is asked about it. One that joins is a witness
whatever its own score; the gate then rules on the incident, and all posts of an incident with a case are in it.
"""

from collections.abc import Sequence
from functools import partial

from core.annotation import Annotation
from core.config.city import City
from core.decision import Decision, KnownPosts
from core.kind import PostKind
from core.post import Post
from gazetteer import gazetteer_of
from triage.answers import why_only_read
from triage.case_builder import incident_key
from triage.eligibility import any_of, bars_of, doubtful, gate, never_a_case, people, says_mended
from triage.incident_matching import keys
from triage.incident_matching.index import IncidentIndex
from triage.incident_matching.matcher import COMPARED, Verdict
from triage.incident_matching.post_features import CANDIDATE_PLACES, PostFeatures, post_features
from triage.incident_matching.weights import Weights, load as load_weights
from triage.kinds import kind_of
from triage.made_forms import FeatureCache
from triage.open_incidents import Incidents


def decide(
    city: City, posts: Sequence[tuple[Post, Annotation]], known: KnownPosts | None = None, weights: Weights | None = None,
    made: FeatureCache | None = None,
) -> list[Decision]:  # fmt: skip
    """Decide these posts, oldest first; the decisions stand in the same order.

    Args:
        city: the profile with thresholds, departments and working hours.
        posts: posts with their readings, corrections of people already laid over the labels.
        known: what was decided before.
        weights: the trained models; None: the shipped ones.
        made: forms made with this profile and these weights in earlier batches; changes no decision.
    """
    return Triage(city, known, weights, made).decide(posts)


def accept(
    city: City, post: Post, reading: Annotation, known: KnownPosts, who: str, weights: Weights | None = None
) -> Decision:
    """Decide a post of the review queue that a person took for a case."""
    return Triage(city, known, weights).accept(post, reading, who)


def keys_of(city: City, post: Post, reading: Annotation) -> tuple[float, tuple[int, ...]]:
    """Return when a decided post was written, and the keys under which later ones find it."""
    form = Triage(city).form(post, reading)
    return form.at, tuple(sorted(keys.keys_of(form)))


def join(
    city: City, post: Post, reading: Annotation, known: KnownPosts, key: str, who: str, weights: Weights | None = None
) -> Decision:
    """Decide a post that a person put into an incident."""
    return Triage(city, known, weights).join(post, reading, key, who)


def never_matched(post: Post, reading: Annotation) -> Decision:
    """Decide a post that belongs to no incident; a repost has a kind, the city's own words and spam have none."""
    reason = never_a_case(post, reading) or ""
    kind, why = kind_or_none(post, reading)
    return Decision(post_id=post.post_id, outcome="no_case", reason=reason, kind=kind, kind_reason=why)


def kind_or_none(post: Post, reading: Annotation) -> tuple[PostKind | None, str]:
    """Return the kind of a post and its reason; the city's own words and spam have none."""
    if (never_a_case(post, reading) or "").startswith(("own", "spam")):
        return None, ""
    kind = kind_of(post, reading)
    return kind.value, kind.reason


class Triage:
    """One run: what it asked about earlier posts is kept until its end."""

    def __init__(
        self,
        city: City,
        known: KnownPosts | None = None,
        weights: Weights | None = None,
        made: FeatureCache | None = None,
    ) -> None:
        self.city, self.known = city, known
        self.weights = weights or load_weights()
        self._made = forms = FeatureCache() if made is None else made
        self._make = make = partial(make_form, city, self.weights)
        self.matcher = self.weights.matcher(city.triage.similar)
        self.index = IncidentIndex(known, lambda one: forms.form(one.post, one.reading, make), forms.pairs)
        self.incidents = Incidents(city, self.index)
        self._kept_out: set[str] = set()
        """Posts that stay out of the case of their incident."""

    def decide(self, posts: Sequence[tuple[Post, Annotation]]) -> list[Decision]:
        """Decide posts, oldest first."""
        forms = {
            post.post_id: self.form(post, reading) for post, reading in posts if never_a_case(post, reading) is None
        }
        if forms:
            self._expect(list(forms.values()))
        found = [self._decide_one(post, reading, forms.get(post.post_id)) for post, reading in posts]
        return [self._with_its_case(one) for one in found]

    def _expect(self, forms: Sequence[PostFeatures]) -> None:
        """Fetch what deciding these posts will ask for, with few questions for all of them."""
        if self.known is None:
            return
        self.known.expect([form.post_id for form in forms])
        before = (self.known.member_of(form.post_id) for form in forms)
        incidents = [key for key in before if key is not None]
        self.index.expect(forms, [*incidents, *map(incident_key, forms)], COMPARED)

    def accept(self, post: Post, reading: Annotation, who: str) -> Decision:
        """Take one post for a case: that of its incident, or a new one."""
        form = self.form(post, reading)
        verdict = self._belongs(form, alone_is_new=True)
        key = verdict.join or incident_key(form)
        if self.incidents.has_ended(key, form):
            key, verdict = f"{incident_key(form)}-2", Verdict(None, 1.0)
        self.index.add(form, key)
        return self.incidents.into_case(form, key, verdict, f"person: {who} accepted it")

    def join(self, post: Post, reading: Annotation, key: str, who: str) -> Decision:
        """Put one post into an incident: into its case when it has one that takes posts, else it waits with it."""
        form = self.form(post, reading)
        self.index.add(form, key)
        verdict, reason = Verdict(key, 1.0), f"person: {who} said it is the same as {key}"
        if self.incidents.has_case(key) and not self.incidents.has_ended(key, form):
            return self.incidents.into_case(form, key, verdict, reason)
        return self.incidents.decision(form, key, verdict, "in_review", reason)

    def _decide_one(self, post: Post, reading: Annotation, form: PostFeatures | None) -> Decision:
        if form is None:
            return never_matched(post, reading)
        verdict = self._belongs(form)
        key = verdict.join or incident_key(form)
        if verdict.join is not None and (reason := self._only_read(form, reading, key)):
            self._kept_out.add(form.post_id)
            return self.incidents.read_with(form, key, verdict, reason)
        self.index.add(form, key)
        marked = reading.labels["actionable"]
        is_out = marked.model == "person" and marked.value is False
        if is_out:
            self._kept_out.add(form.post_id)
        if self.incidents.has_ended(key, form):
            self._kept_out.add(form.post_id)
            return self.incidents.decision(
                form, key, verdict, "in_review", "ended: its case was closed long ago or merged"
            )
        if self.incidents.has_case(key) and not is_out:
            signal = "; says that it was mended" if says_mended(form) else ""
            return self.incidents.into_case(form, key, verdict, f"joined: {verdict.reason} with {key}{signal}")
        members, _ = self.index.known(key)
        ruling = gate(self.city, form, reading, members)
        if ruling.outcome == "act":
            found = self.incidents.into_case(form, key, verdict, ruling.reason)
            # the post was labelled under other thresholds than it is decided by: the label follows
            stale = marked.value is False and form.actionable >= bars_of(self.city, form).act
            return found.model_copy(update={"relabel": True}) if stale else found
        outcome, reason = ruling.outcome, ruling.reason
        if outcome == "no_case" and not is_out and (asked := self._worth_asking(form, verdict)):
            outcome, reason = "in_review", asked
        return self.incidents.decision(form, key, verdict, outcome, reason)

    def _belongs(self, form: PostFeatures, alone_is_new: bool = False) -> Verdict:
        """Say which incident a post belongs to: where it was put before, else where the matcher puts it.

        Args:
            form: the post.
            alone_is_new: match it again when it is alone in its incident.
        """
        before = self.known.member_of(form.post_id) if self.known is not None else None
        if before is not None:
            self.index.fetch_incident(before)
            _, size = self.index.known(before)
            if not (alone_is_new and size <= 1 and before == incident_key(form)):
                return Verdict(before, 1.0, reason="was put there before")
        never = self.known.never(form.post_id) if self.known is not None else ()
        return self.matcher.match(form, self.index, lambda key: key not in never and self.incidents.takes(key, form))

    def _only_read(self, form: PostFeatures, reading: Annotation, key: str) -> str | None:
        """Say why an answer is read with its incident and is no member of it; where a person put it, it is one."""
        members, size = self.index.known(key)
        if not members:
            return None
        reason = why_only_read(self.city, form, reading, members, size, self.incidents.has_case(key))
        by_a_person = reason and self.known is not None and self.known.put_by_a_person(form.post_id)
        return None if by_a_person else reason

    def _worth_asking(self, form: PostFeatures, verdict: Verdict) -> str | None:
        """Say why a person should look at a post that shows nothing to act on by itself."""
        for one in verdict.suggestions:
            members, _ = self.index.known(one.incident)
            together = any_of(people([*members, form]))
            if self.incidents.has_case(one.incident) or together >= doubtful(self.city):
                return f"suggested: likeness {one.probability:.2f} with {one.incident}"
        return None

    def _with_its_case(self, one: Decision) -> Decision:
        """Put earlier posts of the batch into the case that a later one opened; write the case as it stands at the end."""
        if one.incident_key is None or one.post_id in self._kept_out or not self.incidents.has_case(one.incident_key):
            return one
        return self.incidents.as_it_stands(one)

    def form(self, post: Post, reading: Annotation) -> PostFeatures:
        """Return the form in which a post is compared."""
        return self._made.form(post, reading, self._make)


def make_form(city: City, weights: Weights, post: Post, reading: Annotation) -> PostFeatures:
    """Build the form in which a post is compared."""
    found = gazetteer_of(city).find(post.text, enough=CANDIDATE_PLACES)
    return post_features(post, reading, weights.vocabulary, [one.place for one in found])
