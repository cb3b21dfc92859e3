"""Processes the posts that wait, of every source: labels them, decides which become a case, delivers the cases, fills the search engine.

Runs when a source was collected (the asset `escucha/posts`), and every five minutes: a collection that failed half-way updates no asset,
and what waits for an engine or a contact centre that was away must be tried again. Collections that end during a run start one further
run together. A step that fails holds up no later step: what it could not do waits in the ledger for the next run. The last task,
`any_failure`, fails when any step did, so that the run is red.

**When it is red.** `classify`: run `escucha check`; a model file may be damaged. `deliver`: the contact centre is away, refuses, or more
cases wait than may be delivered at once (`escucha deliver --approve N`). `index`: the search engine is away, or an index is closed or
read-only; nothing is lost. It also fails once when single documents were refused (`escucha status`).
`any_failure` is red whenever one of these is. Then clear the red task, or wait for the next run: every step may be run again at any time.
"""

from datetime import timedelta

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, chain, task

from dags.policy import CITY, COMMON, POSTS, READERS, _, fail_with_any, named, step

GO_ON = "all_done"


@task(pool="reader", multiple_outputs=False, execution_timeout=timedelta(hours=1), task_display_name=_("classify"))
def classify(reader: int = 0) -> dict[str, int]:  # noqa: ARG001  the number tells mapped tasks apart, in Airflow only
    """Label the posts that wait, and decide each batch at once: in a burst the first complaint does not wait for the last post.

    One reader at a time, for it uses all cores, unless ESCUCHA_READERS asks for more.
    """
    return step("classify_and_triage")


@task(pool="steps", multiple_outputs=False, trigger_rule=GO_ON, task_display_name=_("triage"))
def triage() -> dict[str, int]:
    """Triage posts left over when `classify` failed: a case, a look by a person, or nothing."""
    return step("triage")


@task(pool="steps", multiple_outputs=False, trigger_rule=GO_ON, task_display_name=_("deliver"))
def deliver() -> dict[str, int]:
    """Hand waiting cases to the contact centre, each once."""
    return step("deliver")


@task(
    pool="steps",
    multiple_outputs=False,
    trigger_rule=GO_ON,
    execution_timeout=timedelta(minutes=30),
    task_display_name=_("index"),
)
def index() -> dict[str, int]:
    """Bring the search engine up to the ledger."""
    return step("index")


with DAG(
    **named("process", _("Escucha {city}: process posts")),
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("*/5 * * * *", timezone=CITY.timezone), assets=[POSTS]),
    tags=["escucha", "process"],
    doc_md=__doc__,
    **COMMON,
):
    labelled = classify() if READERS == 1 else classify.expand(reader=list(range(READERS)))
    steps = [labelled, triage(), deliver(), index()]
    chain(*steps)
    fail_with_any(steps)
