"""Define the dashboard of cases and response times."""

from dashboards.boards.parts import (
    AGES,
    ANSWER,
    ANSWER_TIME,
    CASE_KIND,
    DEPARTMENT,
    DISTRICT,
    DUE,
    FEW,
    LIVE,
    OVERDUE,
    PEOPLE,
    TOPIC,
    UNMERGED,
    cases,
)
from dashboards.filters import Is
from dashboards.spec.bands import Bands
from dashboards.spec.days import Days
from dashboards.spec.panel import Dashboard, Layer, Panel
from dashboards.spec.terms import Terms

STATE = Terms(field="state", header="State", names="state")
OPEN = Is(field="is_open", value=True)

BOARD = Dashboard(
    key="cases",
    title="Cases and response times",
    description="What citizens asked the city to do, and how fast it answers.",
    panels=(
        Panel(
            key="cases_total",
            title="New cases",
            index="cases",
            form="tile",
            layers=cases((), UNMERGED, window="opened_at"),
            note="Cases received in the period.",
        ),
        Panel(
            key="overdue_total",
            title="Overdue cases",
            index="cases",
            form="tile",
            layers=cases((), *OVERDUE),
            note="Cases without an answer past their due date, whenever they were received.",
            empty="No case is overdue.",
        ),
        Panel(
            key="opened_and_resolved",
            title="Cases opened and resolved per day",
            index="cases",
            form="days",
            note="Cases received on each day, beside those resolved on it.",
            layers=(
                Layer(key="opened", name="opened", window="opened_at", split=(Days(field="opened_at"),)),
                Layer(
                    key="resolved",
                    name="resolved",
                    window="closed_at",
                    where=(Is(field="state", value="resolved"),),
                    split=(Days(field="closed_at"),),
                ),
            ),
        ),
        Panel(
            key="open_by_age",
            title="Open cases by department and age",
            index="cases",
            form="grid",
            note="Cases that are not closed, by the time since they were received.",
            empty="No case is open.",
            layers=cases((DEPARTMENT, AGES), OPEN),
        ),
        Panel(
            key="answer_times",
            title="Hours until the first answer, by department",
            index="cases",
            form="span",
            minimum=FEW,
            note="Cases answered in the period: half were answered within the median, nine in ten within the 90 % mark.",
            layers=(Layer(key="cases", name="cases", window="answered_at", where=LIVE, split=(DEPARTMENT,), measure=ANSWER_TIME),),
        ),
        Panel(
            key="within_due",
            title="Answered in time, by department",
            index="cases",
            form="share",
            minimum=FEW,
            note="Of the cases received in the period whose answer was due; a case that is overdue without an answer counts as late.",
            layers=cases((DEPARTMENT, ANSWER), *LIVE, DUE, window="opened_at"),
        ),
        Panel(
            key="overdue",
            title="Overdue cases, by department",
            index="cases",
            form="bars",
            note="Cases without an answer past their due date, whenever they were received.",
            empty="No case is overdue.",
            layers=cases((DEPARTMENT,), *OVERDUE),
        ),
        Panel(
            key="cases_by_topic",
            title="New cases by service",
            index="cases",
            form="bars",
            note="Cases received in the period, by municipal service.",
            layers=cases((TOPIC,), UNMERGED, window="opened_at"),
        ),
        Panel(
            key="cases_by_district",
            title="New cases by district",
            index="cases",
            form="bars",
            note="Cases received in the period whose district is known.",
            layers=cases((DISTRICT,), UNMERGED, window="opened_at"),
        ),
        Panel(
            key="state_by_kind",
            title="New cases by kind and state",
            index="cases",
            form="grid",
            note="Cases received in the period: report, request, enquiry or proposal, and what became of them.",
            layers=cases((CASE_KIND, STATE), UNMERGED, window="opened_at"),
        ),
        Panel(
            key="cases_by_people",
            title="New cases by number of people",
            index="cases",
            form="bars",
            note="Cases received in the period, by how many people reported them.",
            layers=cases((Bands(field="authors", header="People", bands=PEOPLE),), UNMERGED, window="opened_at"),
        ),
    ),
)
