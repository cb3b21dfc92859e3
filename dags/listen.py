"""Listens to one source: reads its new posts, then lets everything that waits be labelled, decided, handed over and indexed.

One schedule a configured source, so that each can be paused by itself. Only `collect` is about that source: the later steps take whatever
waits, of every source. A step that fails holds up no later step: what other sources brought is still read, and what could not be indexed or
delivered waits in the ledger for the next run. The last task, `any_failure`, fails when any step did, so that the run is red.

**When it is red.** `collect`: the network refused or is away, or has brought nothing new for longer than `quiet_after` (told once a
silence); the log names the source and, for a missing secret, the variable.
`classify`: run `escucha check`; a model file may be damaged. `deliver`: the contact centre is away, refuses, or more cases wait
than may leave the house at once (`escucha deliver --approve N`). `index`: the search engine is away, or
an index is closed or read-only; nothing is lost. It also fails once when single documents were refused (`escucha status`).
`any_failure` is red whenever one of these is. Then clear the red task, or wait for the next run: every step may be run again at any time.
"""

from datetime import timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable, chain, task

from dags.rules import CITY, COMMON, READERS, fail_with_any, minutes_between, step

GO_ON = "all_done"


@task(pool="sources", multiple_outputs=False)
def collect(source: str) -> dict[str, int]:
    """Read new posts and store each page together with the place to go on from; ask for posts that may have been deleted."""
    return step("collect", source)


@task(pool="reader", multiple_outputs=False, trigger_rule=GO_ON, execution_timeout=timedelta(hours=1))
def classify(reader: int = 0) -> dict[str, int]:  # noqa: ARG001  the number tells mapped tasks apart, in Airflow only
    """Label the posts that wait, and decide each batch at once: in a burst the first complaint does not wait for the last post.

    One reader at a time, for it uses all cores, unless ESCUCHA_READERS asks for more.
    """
    return step("classify_and_triage")


@task(pool="steps", multiple_outputs=False, trigger_rule=GO_ON)
def triage() -> dict[str, int]:
    """Decide what `classify` left undecided, were it red: which posts become a case, which a person must look at, which need nothing."""
    return step("triage")


@task(pool="steps", multiple_outputs=False, trigger_rule=GO_ON)
def deliver() -> dict[str, int]:
    """Hand waiting cases to the contact centre, each once."""
    return step("deliver")


@task(pool="steps", multiple_outputs=False, trigger_rule=GO_ON, execution_timeout=timedelta(minutes=30))
def index() -> dict[str, int]:
    """Bring the search engine up to the ledger."""
    return step("index")


for name, table in CITY.sources.items():
    with DAG(
        dag_id=f"listen_{name}",
        schedule=DeltaTriggerTimetable(timedelta(minutes=minutes_between(name, table))),
        tags=["escucha", "listen"],
        doc_md=__doc__,
        **COMMON,
    ):
        reading = classify() if READERS == 1 else classify.expand(reader=list(range(READERS)))
        steps = [collect(name), reading, triage(), deliver(), index()]
        chain(*steps)
        fail_with_any(steps)
