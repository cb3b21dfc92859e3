"""Define the tables of a city's profile.

Departments, triage, answers and the rest; `core.config.city` holds the whole profile and loads it.
"""

import re
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from core.config.shapes import shaped
from core.errors import RefusedValueError
from core.i18n.languages import check_language
from core.records import Options
from core.records.annotation import TOPICS
from core.records.answer import check_template
from core.records.case import CASEBOOK, NEXT
from core.records.kind import check_duration


def _topics(topics: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [topic for topic in topics if topic not in TOPICS]
    if unknown:
        raise ValueError(f"unknown topic {', '.join(unknown)}; allowed: {', '.join(TOPICS)}")
    return topics


LONGEST_ADDRESS = 254
"""Characters of an e-mail address that a mail server takes (RFC 5321)."""


def check_mail_address(text: str) -> str:
    """Return an e-mail address, checked for its form.

    Raises:
        ValueError: it is not one address.
    """
    if len(text) > LONGEST_ADDRESS or not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", text):
        raise RefusedValueError("not one e-mail address, such as 'limpieza@example.org'")
    return text


LONGEST_NAME = 100


def check_name(text: str) -> str:
    """Return a name as people read it.

    Raises:
        ValueError: it is blank, or too long for a list.
    """
    if not text.strip():
        raise RefusedValueError("write a name")
    if len(text) > LONGEST_NAME:
        raise RefusedValueError("write a shorter name, of {most} characters at most", most=LONGEST_NAME)
    return text


def _states(states: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [one for one in states if one not in NEXT]:
        raise RefusedValueError("unknown state '{unknown}'; known: {states}", unknown=unknown[0], states=tuple(NEXT))
    return states


DisplayName = Annotated[str, AfterValidator(check_name)]
MailAddress = Annotated[str, AfterValidator(check_mail_address)]
InterfaceLanguage = Annotated[str, AfterValidator(check_language)]
CitizenLanguage = Annotated[str, AfterValidator(partial(check_language, room="portal"))]
AnswerTime = Annotated[str, AfterValidator(check_duration)]


class Department(Options):
    """Describe a department: its topics, and its answer time in working hours."""

    name: DisplayName
    """Name, by which the ledger knows it: it stays when `names` change."""
    names: dict[CitizenLanguage, DisplayName] = Field(default_factory=dict)
    """Its name in other languages, for pages, reports and mails in them: `{ en = "Cleaning", ca = "Neteja" }`; else `name`."""
    topics: Annotated[tuple[str, ...], AfterValidator(_topics)]
    """Topics it answers; `other` takes every topic that no department lists."""
    answer_within: timedelta = Field(timedelta(hours=48), gt=timedelta(0))
    """Working hours until the first answer is due."""
    queue: str | None = None
    """Queue or group of the outside contact centre; None: the contact centre's default."""
    mail: MailAddress | None = None
    """Address of its team: gets mail about reopened cases, and at 50 and 80 % of the answer time; None: no mail."""
    lead_mail: MailAddress | None = None
    """Address of its lead: gets mail when the answer time of a case has passed; None: no mail."""


class Route(Options):
    """Describe how cases of one kind are handled: `[kinds.proposal]`."""

    answer_within: AnswerTime | None = None
    """Working days and hours (`P30D`, `PT72H`); None: 30 working days for proposals, else as the department."""
    department: str | None = None
    """Name of one of `[[departments]]`; None: the one of the topic."""
    queue: str | None = None
    """Queue or group of the outside contact centre; None: the department's."""


class Triage(Options):
    """Configure triage: the share of actionable posts to reach, and incident matching."""

    reach: float = Field(0.95, gt=0, lt=1)
    """Share of actionable posts that must reach a case or a person; `act` and `review` are derived from it."""
    review_per_day: int = Field(60, ge=1)
    """Posts that staff can review in a day; the desk compares the queue with it."""
    thresholds: str | None = None
    """File of `escucha thresholds --write`, beside the profile; None: the shipped one."""
    act: float | None = Field(None, ge=0, le=1)
    """Score of `actionable` from which a single post opens a case, for all sources; None: derived."""
    review: float | None = Field(None, ge=0, le=1)
    """Score of `actionable` from which a person reviews the post, for all sources; None: derived."""
    topic: float | None = Field(None, ge=0, le=1)
    """Certainty from which the topic of a case is decided; below, staff are asked which service. 0: never ask; None: derived."""
    pooled: float = Field(0.80, ge=0, le=1)
    """Combined probability from which posts of several people open a case together, when no single post reaches `act`."""
    same_days: int = Field(21, ge=1, le=60)
    """Days after the last post of an incident in which a post may join it; texts are compared over 21 days at most."""
    proposals: Literal["list", "case"] = "list"
    """`list`: a proposal is listed by service, district and supporters, and its debate is a conversation; `case`: both open cases."""
    archives: Literal["case", "list"] = "case"
    """Posts that `replay` plays again open cases (`case`), or are read, counted and listed alone (`list`): no person works them."""
    similar: float | None = Field(None, ge=0, le=1)
    """Probability from which a post joins an incident automatically; None: as trained (`make score-incidents` prints the trade-off)."""
    reopen_days: int = Field(14, ge=0, le=365)
    """Days after closing in which a new post about the case reopens it."""


class ContactCentre(Options):
    """Configure the system in which cases are handled."""

    system: str = CASEBOOK
    """`casebook` (the desk), or a plug-in of `contact_centre/`, such as `rt`."""
    max_per_run: int = Field(20, ge=1)
    """When more cases wait, none is delivered until a person approves (`escucha deliver --approve N`)."""
    options: dict[str, Any] = Field(default_factory=dict)
    """The system's table: `[contact_centre.options]`."""


class Answers(Options):
    """Set how citizens are answered on the networks."""

    send: bool = False
    """True: an approved answer leaves by the network's own interface, or is published on the portal; False: staff do it by hand."""
    approve: Literal["agent", "lead"] = "agent"
    """Who approves: any agent, or a lead who did not write the answer."""
    max_per_run: int = Field(20, ge=1)
    """Answers sent in one run at most; the rest follows in the next."""
    already_known: bool = True
    """Draft an answer to posts that join an open case: how many people reported it, its state, and the day of the answer."""
    ask_solved: bool = False
    """Offer to end the answer of a solved case with the question whether it is solved; replies count in the open data."""


class AnswerTemplate(Options):
    """Define a text for answers: `[[templates]]`."""

    name: DisplayName
    """As staff choose it."""
    language: str = Field(pattern=shaped(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "not the code of a language, such as 'es' or 'ca'"))
    """BCP 47: `es`, `ca` ..."""
    text: Annotated[str, AfterValidator(check_template)] = ""
    """The answer; may name {case}, {place}, {due}, {department}, {topic} and {city}, also in Spanish or Catalan: {caso}, {cas} ... Empty:
    the template only does the rest."""
    topics: Annotated[tuple[str, ...], AfterValidator(_topics)] = ()
    """Services it is offered for; empty: all."""
    states: Annotated[tuple[str, ...], AfterValidator(_states)] = ()
    """States of a case it is offered in; empty: all."""
    asks: bool = False
    """It asks the citizen for something, such as the house number: the answer time pauses until the reply."""
    acknowledges: bool = False
    """It only says that the report arrived: the answer time runs on."""
    becomes: Literal["", "resolved", "rejected"] = ""
    """State that the case gets: when the citizen has the answer, or at once without one; empty: as an answer leaves it."""
    department: str = ""
    """Department that the case is assigned to, one of `[[departments]]`; empty: as it is."""
    note: Annotated[str, AfterValidator(check_template)] = ""
    """Reason of the step, or note for colleagues; may name the same fields as `text`."""

    @property
    def does_more(self) -> bool:
        """Tell whether it does anything beside its answer."""
        return bool(self.becomes or self.department or self.note)

    @model_validator(mode="after")
    def _does_something(self) -> "AnswerTemplate":
        if not (self.text.strip() or self.does_more):
            raise RefusedValueError("give it a text, or a state, a department or a note")
        return self


class Notice(Options):
    """Hold the facts of the notice to citizens (GDPR Art. 14)."""

    controller: DisplayName
    """Controller of the data: the council."""
    contact: MailAddress
    """E-mail address for citizens; also sent to every network, in the User-Agent."""
    data_protection_officer: MailAddress
    """Mail address of the data protection officer."""
    basis: str = ""
    """Legal basis; empty: Article 6(1)(e) of the GDPR, in the language of the reader."""
    url: str = Field("", pattern=shaped(r"^(https?://\S+)?$", "not a web address, such as 'https://city.example/notice'"))
    """URL of a page about this use of data, such as the notice; sent in the User-Agent of every request."""
    authority: str = "Agencia Española de Protección de Datos, www.aepd.es"
    """Supervisory authority to complain to."""
