"""Define the dashboard of answers to citizens."""

from dashboards.boards.parts import ANSWER, ANSWER_TIME, CASE_KIND, DUE, FEW, LIVE, SOURCE, TOPIC, cases
from dashboards.filters import Has, Is
from dashboards.spec.days import Days
from dashboards.spec.panel import Dashboard, Layer, Panel

ANSWERED = (*LIVE, Has(field="answered_at"))
WAITING = (Is(field="waits", value=True), *LIVE)

BOARD = Dashboard(
    key="answers",
    title="Answers",
    description="Which answers citizens got, when, and who still waits.",
    panels=(
        Panel(
            key="answered_total",
            title="Cases answered",
            index="cases",
            form="tile",
            layers=cases((), *ANSWERED, window="answered_at"),
            note="Cases that got their first answer in the period.",
        ),
        Panel(
            key="waiting_total",
            title="Cases that wait for an answer",
            index="cases",
            form="tile",
            layers=cases((), *WAITING),
            note="Cases without an answer, whenever they were received; examples and replayed cases do not count.",
            empty="No case waits for an answer.",
        ),
        Panel(
            key="answered_per_day",
            title="Cases received and answered per day",
            index="cases",
            form="days",
            note="Cases received on each day, beside those that got their first answer on it.",
            layers=(
                Layer(key="received", name="received", window="opened_at", where=LIVE, split=(Days(field="opened_at"),)),
                Layer(key="answered", name="answered", window="answered_at", where=LIVE, split=(Days(field="answered_at"),)),
            ),
        ),
        Panel(
            key="answer_times_by_topic",
            title="Hours until the first answer, by service",
            index="cases",
            form="span",
            minimum=FEW,
            note="Cases answered in the period: median, and the time within which nine in ten were answered.",
            layers=(Layer(key="cases", name="cases", window="answered_at", where=LIVE, split=(TOPIC,), measure=ANSWER_TIME),),
        ),
        Panel(
            key="answer_times_by_source",
            title="Hours until the first answer, by channel",
            index="cases",
            form="span",
            minimum=FEW,
            note="Cases answered in the period, by the channel of their first post.",
            layers=(Layer(key="cases", name="cases", window="answered_at", where=LIVE, split=(SOURCE,), measure=ANSWER_TIME),),
        ),
        Panel(
            key="within_due_by_topic",
            title="Answered in time, by service",
            index="cases",
            form="share",
            minimum=FEW,
            note="Of the cases received in the period whose answer was due; overdue without an answer counts as late.",
            layers=cases((TOPIC, ANSWER), *LIVE, DUE, window="opened_at"),
        ),
        Panel(
            key="within_due_by_kind",
            title="Answered in time, by kind of message",
            index="cases",
            form="share",
            minimum=FEW,
            note="Of the cases received in the period whose answer was due; each kind has its own answer time.",
            layers=cases((CASE_KIND, ANSWER), *LIVE, DUE, window="opened_at"),
        ),
        Panel(
            key="waiting_by_topic",
            title="Cases that wait for an answer, by service",
            index="cases",
            form="bars",
            note="Cases without an answer, whenever they were received; examples and replayed cases do not count.",
            empty="No case waits for an answer.",
            layers=cases((TOPIC,), *WAITING),
        ),
    ),
)
