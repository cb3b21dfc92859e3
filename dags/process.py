"""Process waiting posts: label, triage, warn, deliver, index, alert.

Runs after a collection (the asset `escucha/posts`), and every five minutes: a collection that failed half-way updates no asset, and items
that waited for an unavailable engine or contact centre must be retried. Collections that end during a run start one further run together.
A failed step does not block later steps: its items wait in the ledger for the next run. The last task, `any_failure`, fails when
any step did, so that the run is red.

**When it is red.** `classify`: run `escucha check`; a model file may be damaged. `warn`: the ledger does not answer.
`deliver`: the contact centre does not respond, refuses,
or more cases wait than may be delivered at once (`escucha deliver --approve N`). `index`: the search engine does not respond, or an index
is closed or read-only; nothing is lost. It also fails once when single documents were refused (`escucha status`).
`alert`: the search engine does not respond; saved views with words are caught up later.
`any_failure` is red whenever one of these is. Then clear the red task, or wait for the next run: every step can be run again at any time.
"""

from datetime import timedelta

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, chain, task

from dags.policy import ANNOTATORS, CITY, POSTS, _, dag_settings, fail_with_any, pool, run_step

ALL_DONE = "all_done"


@task(pool=pool("reader"), multiple_outputs=False, execution_timeout=timedelta(hours=1), task_display_name=_("classify"))
def classify(worker: int = 0) -> dict[str, int]:  # noqa: ARG001  the number separates mapped tasks in Airflow
    """Label waiting posts, and triage each batch at once.

    In a burst the first complaint does not wait for the last post. One task at a time, because it uses all cores, unless
    ESCUCHA_READERS sets more.
    """
    return run_step("classify_and_triage")


@task(pool=pool("steps"), multiple_outputs=False, trigger_rule=ALL_DONE, task_display_name=_("triage"))
def triage() -> dict[str, int]:
    """Triage posts left over when `classify` failed."""
    return run_step("triage")


@task(pool=pool("steps"), multiple_outputs=False, trigger_rule=ALL_DONE, task_display_name=_("warn"))
def warn() -> dict[str, int]:
    """Find unusual rises and warn of each once."""
    return run_step("warn")


@task(pool=pool("steps"), multiple_outputs=False, trigger_rule=ALL_DONE, task_display_name=_("deliver"))
def deliver() -> dict[str, int]:
    """Deliver waiting cases to the contact centre, each once."""
    return run_step("deliver")


@task(
    pool=pool("steps"), multiple_outputs=False, trigger_rule=ALL_DONE, execution_timeout=timedelta(minutes=30), task_display_name=_("index")
)
def index() -> dict[str, int]:
    """Update the search engine from the ledger."""
    return run_step("index")


@task(pool=pool("steps"), multiple_outputs=False, trigger_rule=ALL_DONE, task_display_name=_("alert"))
def alert() -> dict[str, int]:
    """Alert people of what newly matches their saved views."""
    return run_step("alert")


with DAG(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("*/5 * * * *", timezone=CITY.timezone), assets=[POSTS]),
    tags=["escucha", "process"],
    **dag_settings("process", _("Escucha {city}: process posts"), __doc__),
):
    labelled = classify() if ANNOTATORS == 1 else classify.expand(worker=list(range(ANNOTATORS)))
    steps = [labelled, triage(), warn(), deliver(), index(), alert()]
    chain(*steps)
    fail_with_any(steps)
