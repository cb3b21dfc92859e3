"""Listens to one source: reads new posts, labels them, decides what becomes a case, hands cases over, fills the search engine.

One schedule a configured source, so that each can be paused by itself. A step that fails holds up no later step: what other
sources brought is still read, and what could not be indexed or delivered waits in the ledger for the next run.

**When it is red.** `collect`: the network refused or is away, or has brought nothing new for longer than `quiet_after` (told once a
silence); the log names the source and, for a missing secret, the variable.
`classify`: run `escucha check`; a model file may be damaged. `deliver`: the contact centre is away, refuses, or more cases wait
than may leave the house at once (`escucha deliver --approve N`). `index`: the search engine is away, or
an index is closed or read-only; nothing is lost. It also fails once when single documents were refused (`escucha status`).
Then clear the red task, or wait for the next run: every step may be run again at any time.
"""

from datetime import timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable, chain, task

from dags.rules import CITY, COMMON, READERS, minutes_between, step

GO_ON = "all_done"


@task(pool="sources", multiple_outputs=False)
def collect(source: str) -> dict[str, int]:
    """Read new posts and store each page together with the place to go on from; ask for posts that may have been deleted."""
    return step("collect", source)


@task(pool="reader", multiple_outputs=False, trigger_rule=GO_ON, execution_timeout=timedelta(hours=1))
def classify(source: str, reader: int = 0) -> dict[str, int]:
    """Label the posts that wait, and decide each batch at once: in a burst the first complaint does not wait for the last post.

    One reader at a time, for it uses all cores, unless ESCUCHA_READERS asks for more.
    """
    return step("classify_and_triage", source)


@task(pool="steps", multiple_outputs=False, trigger_rule=GO_ON)
def triage(source: str) -> dict[str, int]:
    """Decide what `classify` left undecided, were it red: which posts become a case, which a person must look at, which need nothing."""
    return step("triage", source)


@task(pool="steps", multiple_outputs=False, trigger_rule=GO_ON)
def deliver(source: str) -> dict[str, int]:
    """Hand waiting cases to the contact centre, each once."""
    return step("deliver", source)


@task(pool="steps", multiple_outputs=False, trigger_rule=GO_ON, execution_timeout=timedelta(minutes=30))
def index(source: str) -> dict[str, int]:
    """Bring the search engine up to the ledger."""
    return step("index", source)


for name, table in CITY.sources.items():
    with DAG(
        dag_id=f"listen_{name}",
        schedule=DeltaTriggerTimetable(timedelta(minutes=minutes_between(name, table))),
        tags=["escucha", "listen"],
        doc_md=__doc__,
        **COMMON,
    ):
        reading = classify(name) if READERS == 1 else classify.partial(source=name).expand(reader=list(range(READERS)))
        chain(collect(name), reading, triage(name), deliver(name), index(name))
