"""Define the dashboard of how far the labels can be trusted."""

from dashboards.boards.parts import FEW, SCORES, SOURCE, TOPIC
from dashboards.filters import Condition, Either, Has, Is
from dashboards.spec.bands import Bands
from dashboards.spec.groups import Group, Groups
from dashboards.spec.months import Months
from dashboards.spec.panel import Dashboard, Layer, Panel
from dashboards.spec.split import Split
from dashboards.spec.terms import Terms

CONFIRMED = Terms(field="confirmed", header="Question", names="question")
CHANGED = Terms(field="changed", header="Question", names="question")
QUESTIONS = ("sentiment", "intent", "topic", "actionable", "relevance", "spam")
MONTH = Months(field="created_at")


def _verdict(question: str) -> Groups:
    """Split posts that people checked for this question by their verdict."""
    return Groups(
        header="Checked by people",
        groups=(
            Group(key="same", name="confirmed", condition=Is(field="confirmed", value=question)),
            Group(key="other", name="changed", condition=Is(field="changed", value=question)),
        ),
    )


def _checked(split: tuple[Split, ...], *where: Condition, key: str = "posts", name: str = "posts") -> Layer:
    return Layer(key=key, name=name, window="created_at", where=where, split=split)


def _checked_for(question: str) -> Either:
    return Either(conditions=(Is(field="confirmed", value=question), Is(field="changed", value=question)))


BOARD = Dashboard(
    key="trust",
    title="Trust",
    description="How often people agree with the automatic labels, and how reliable their scores are.",
    panels=(
        Panel(
            key="agreement",
            title="Labels that people confirmed or changed",
            index="posts",
            form="share",
            minimum=FEW,
            note="Of the labels that people checked; they check the doubtful ones, so all labels together are better than this.",
            empty="No label was checked in this period.",
            layers=(_checked((CONFIRMED,), key="same", name="confirmed"), _checked((CHANGED,), key="other", name="changed")),
        ),
        Panel(
            key="confirmed_by_month",
            title="Confirmed labels by month and question",
            index="posts",
            form="grid",
            note="Labels that people checked and found right, by the month of the post.",
            empty="No label was confirmed in this period.",
            layers=(_checked((MONTH, CONFIRMED), Has(field="confirmed")),),
        ),
        Panel(
            key="changed_by_month",
            title="Changed labels by month and question",
            index="posts",
            form="grid",
            note="Labels that people checked and changed, by the month of the post.",
            empty="No label was changed in this period.",
            layers=(_checked((MONTH, CHANGED), Has(field="changed")),),
        ),
        Panel(
            key="calibration_topic",
            title="Service: certainty and agreement",
            index="posts",
            form="share",
            minimum=FEW,
            note="Of the posts whose service people checked: the share they confirmed, by the certainty of the automatic label.",
            empty="No service was checked in this period.",
            layers=(
                _checked((Bands(field="topic_certainty", header="Certainty", bands=SCORES), _verdict("topic")), _checked_for("topic")),
            ),
        ),
        Panel(
            key="calibration_actionable",
            title="“Can be acted on”: certainty and agreement",
            index="posts",
            form="share",
            minimum=FEW,
            note="The score is the probability of yes: both ends are certain, the middle is not.",
            empty="This label was not checked in this period.",
            layers=(
                _checked(
                    (Bands(field="actionable_certainty", header="Certainty", bands=SCORES), _verdict("actionable")),
                    _checked_for("actionable"),
                ),
            ),
        ),
        Panel(
            key="changes_by_topic",
            title="Posts whose service people changed, by the service they chose",
            index="posts",
            form="bars",
            note="Services that the automatic labels miss.",
            empty="No service was changed in this period.",
            layers=(_checked((TOPIC,), Is(field="changed", value="topic")),),
        ),
        Panel(
            key="changes_by_source",
            title="Posts with a changed label, by source",
            index="posts",
            form="bars",
            note="Networks where automatic labels are wrong more often.",
            empty="No label was changed in this period.",
            layers=(_checked((SOURCE,), Either(conditions=tuple(Is(field="changed", value=one) for one in QUESTIONS))),),
        ),
    ),
)
