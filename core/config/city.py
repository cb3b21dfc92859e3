"""The profile of a city: one TOML file that says what to listen to, who answers what by when, and where cases go."""

import tomllib
from datetime import date, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from croniter import croniter
from pydantic import AfterValidator, Field, ValidationError

from core.annotation import TOPICS
from core.config.plugins import explain_validation
from core.config.thresholds import SHIPPED, Bars, Thresholds, read_thresholds, source_kind_of
from core.errors import ConfigurationError
from core.kind import PROPOSAL_WITHIN, CaseKind, check_duration, working_time
from core.records import Options


def _schedule(text: str) -> str:
    # croniter also takes seconds, aliases and random fields (H, R), which Airflow does not
    fields = text.split()
    if len(fields) != 5 or any(field[:1].upper() in "HR" for field in fields) or not croniter.is_valid(text):
        raise ValueError("not a cron schedule of five fields, such as '0 7 * * MON'")
    return text


def _timezone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("not a time zone, such as 'Europe/Madrid'")
    return text


def _topics(topics: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [topic for topic in topics if topic not in TOPICS]
    if unknown:
        raise ValueError(f"unknown topic {', '.join(unknown)}; allowed: {', '.join(TOPICS)}")
    return topics


Schedule = Annotated[str, AfterValidator(_schedule)]
AnswerTime = Annotated[str, AfterValidator(check_duration)]
Days = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]


class Department(Options):
    """Who answers which topics, and within how many working hours."""

    name: str
    """As staff and reports call it."""
    topics: Annotated[tuple[str, ...], AfterValidator(_topics)]
    """Services it answers; `other` takes what no department names."""
    answer_within: timedelta = timedelta(hours=48)
    """Working hours until the first answer is due."""
    queue: str | None = None
    """Queue or group of the outside contact centre; None: the contact centre's default."""


class Route(Options):
    """How cases of one kind are worked: `[kinds.proposal]`."""

    answer_within: AnswerTime | None = None
    """Working days and hours (`P30D`, `PT72H`); None: 30 working days for proposals, else as the department."""
    department: str | None = None
    """Name of one of `[[departments]]`; None: the one of the topic."""
    queue: str | None = None
    """Queue or group of the outside contact centre; None: the department's."""


class WorkingHours(Options):
    """When the city works: due dates count these hours only."""

    days: tuple[Days, ...] = ("MON", "TUE", "WED", "THU", "FRI")
    """Working days."""
    opens: time = time(8)
    """Start of the working day, by the city's clock."""
    closes: time = time(20)
    """End of the working day."""
    country: str = "ES"
    """Country whose public holidays count (`holidays` package)."""
    region: str | None = "MD"
    """Of the `holidays` package; None: national holidays only."""
    closed: tuple[date, ...] = ()
    """Local holidays and bridge days."""


class Triage(Options):
    """How many actionable posts must get through, and what counts as the same incident."""

    reach: float = Field(0.95, gt=0, lt=1)
    """Share of actionable posts that must get to a case or a person: `act` and `review` follow from it."""
    review_per_day: int = Field(60, ge=1)
    """Posts that staff can look at in a day: the desk says how long the queue is against it."""
    thresholds: str | None = None
    """File of `escucha thresholds --write`, beside the profile; None: the shipped one."""
    act: float | None = Field(None, ge=0, le=1)
    """Score of `actionable` from which on a post opens a case by itself, whatever its source; None: derived."""
    review: float | None = Field(None, ge=0, le=1)
    """Score of `actionable` from which on a person looks, whatever its source; None: derived."""
    pooled: float = Field(0.80, ge=0, le=1)
    """Combined probability from which several people open a case together, when no single post reaches `act`."""
    same_days: int = Field(21, ge=1, le=60)
    """A post later than this after the last one of an incident starts another; texts are compared over 21 days at most."""
    similar: float | None = Field(None, ge=0, le=1)
    """Chance from which on a post joins an incident by itself; None: as trained (`make score-incidents` prints the trade)."""
    reopen_days: int = Field(14, ge=0, le=365)
    """A new post about a case closed so recently reopens it."""


class ContactCentre(Options):
    """Where cases are worked."""

    system: str = "casebook"
    """`casebook` (the desk), or a part of `contact_centre/`, such as `rt`."""
    max_per_run: int = Field(20, ge=1)
    """When more cases wait, none is delivered until a person approves (`escucha deliver --approve N`)."""
    options: dict[str, Any] = Field(default_factory=dict)
    """The system's own table: `[contact_centre.options]`."""


class Report(Options):
    """One report: who gets it, when, in which languages."""

    to: tuple[str, ...] = ()
    """Mail addresses; empty: the report is written, not mailed."""
    schedule: Schedule
    """Cron, five fields, by the city's clock."""
    languages: tuple[Literal["es", "en"], ...] = ("es", "en")
    """One file and one mail for each."""


class Notice(Options):
    """What the notice to citizens names (GDPR Art. 14)."""

    controller: str
    """Who is responsible for the data: the council."""
    contact: str
    """Mail address for citizens; also sent to every server that is read, in the User-Agent."""
    data_protection_officer: str
    """Mail address of the data protection officer."""
    basis: str = "GDPR Art. 6(1)(e): a task carried out in the public interest"
    """Legal basis."""
    url: str = Field("", pattern=r"^(https?://\S+)?$")
    """URL of a page about this use of data, such as the notice; sent in the User-Agent of every request."""
    authority: str = "Agencia Española de Protección de Datos, www.aepd.es"
    """Supervisory authority to complain to."""


class City(Options):
    """The whole profile, checked; the tables of parts are checked by their parts."""

    name: str
    """As people write it; searches and the desk use it."""
    timezone: Annotated[str, AfterValidator(_timezone)] = "Europe/Madrid"
    """Zone of schedules, days in reports and due dates."""
    languages: tuple[Literal["es", "en"], ...] = ("es", "en")
    """Languages of the desk and of alarms; the first is the default."""
    retention: timedelta = Field(timedelta(days=180), gt=timedelta(0))
    """Posts older than this are removed everywhere (`escucha forget`)."""
    handles: tuple[str, ...] = ()
    """The city's own accounts: kept in texts; what they write on Bluesky and Mastodon makes no case."""
    gazetteer_folder: str | None = None
    """Folder beside the profile with streets.csv and the rest; None: places stay text."""
    attribution: str = ""
    """Whom to name for the sample and the gazetteer."""
    notice: Notice
    """Table `[notice]`: what the notice to citizens says."""
    working_hours: WorkingHours = WorkingHours()
    """Table `[working_hours]`: when the city works."""
    questions: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Tables `[questions.NAME]`: options of the questions that the model answers."""
    sources: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Tables `[sources.NAME]`: each switches one source on."""
    triage: Triage = Triage()
    """Table `[triage]`: what becomes a case."""
    departments: tuple[Department, ...]
    """Tables `[[departments]]`: who answers what by when; at least one."""
    kinds: dict[CaseKind, Route] = Field(default_factory=dict)
    """Tables `[kinds.KIND]`: route and answer time of a kind of case."""
    contact_centre: ContactCentre = ContactCentre()
    """Table `[contact_centre]`: where cases are worked."""
    reports: dict[str, Report] = Field(default_factory=dict)
    """Tables `[reports.NAME]`: what is mailed to whom and when."""
    path: Path = Path()
    """The file it was read from."""

    @cached_property
    def thresholds(self) -> Thresholds:
        """The derived thresholds that the profile names, else the shipped ones."""
        named = self.triage.thresholds
        return read_thresholds(self.path.parent / named if named else SHIPPED)

    def bars(self, source: str, language: str, text: str = "") -> Bars:
        """Return the thresholds of a post of this source and language; what the profile says by hand comes first."""
        act, review = self.triage.act, self.triage.review
        if act is not None and review is not None:
            return Bars(review, act)
        derived = self.thresholds.bars(source_kind_of(source, text), language, self.triage.reach)
        if act is not None:
            return Bars(min(derived.review, act), act)
        if review is not None:
            return Bars(review, max(derived.act, review))
        return derived

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.timezone)

    def department(self, topic: str) -> Department:
        """Who answers this topic: the first department that names it, else the one that names `other`, else the first."""
        for wanted in (topic, "other"):
            for department in self.departments:
                if wanted in department.topics:
                    return department
        return self.departments[0]

    def route(self, kind: str | None) -> Route:
        """Return how cases of this kind are worked; None (a case of an older version): as the department does."""
        found = next((route for name, route in self.kinds.items() if name == kind), Route())
        if kind == "proposal" and found.answer_within is None:
            return found.model_copy(update={"answer_within": PROPOSAL_WITHIN})
        return found

    def department_of(self, kind: str | None, topic: str) -> Department:
        """Who answers cases of this kind and topic."""
        named = self.route(kind).department
        return next((one for one in self.departments if one.name == named), None) or self.department(topic)

    def answer_within(self, kind: str | None, department: Department) -> timedelta:
        """Working hours within which a case of this kind is answered."""
        said, hours = self.route(kind).answer_within, self.working_hours
        if said is None:
            return department.answer_within
        opens, closes = (timedelta(hours=one.hour, minutes=one.minute) for one in (hours.opens, hours.closes))
        return working_time(said, closes - opens)


TABLES: dict[str, type[Options]] = {
    "departments": Department, "working_hours": WorkingHours, "triage": Triage,
    "contact_centre": ContactCentre, "reports": Report, "notice": Notice, "kinds": Route,
}  # fmt: skip
"""What stands in which table, to say what is allowed there."""


def load_city(path: Path) -> City:
    """Read and check a profile. The rooms check the tables of their parts (`core.config.plugins.load_options`).

    Raises:
        ConfigurationError: names file, key and what is allowed.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such profile; make one with `escucha init NAME` or give --city") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not a TOML file in UTF-8: {error}") from None
    if "path" in table:
        raise ConfigurationError(
            f"{path}: unknown key 'path' (allowed: {', '.join(sorted(City.model_fields.keys() - {'path'}))})"
        )
    try:
        city = City.model_validate({**table, "path": path})
    except ValidationError as error:
        raise ConfigurationError(explain_validation(error, str(path), City, TABLES)) from None
    _check_sense(city)
    return city


def _check_sense(city: City) -> None:
    act, review = city.triage.act, city.triage.review
    if act is not None and review is not None and review > act:
        raise ConfigurationError(f"{city.path}: [triage] review ({review}) must not be above act ({act})")
    try:
        city.bars("", "")
    except ConfigurationError as error:
        raise ConfigurationError(f"{city.path}: {error}") from None
    if not city.departments:
        raise ConfigurationError(f"{city.path}: [[departments]] at least one department must be named")
    names = [one.name for one in city.departments]
    for kind, route in city.kinds.items():
        if route.department is not None and route.department not in names:
            raise ConfigurationError(
                f"{city.path}: [kinds.{kind}] department: there is no '{route.department}'; allowed: {', '.join(names)}"
            )
    if city.working_hours.opens >= city.working_hours.closes or not city.working_hours.days:
        raise ConfigurationError(f"{city.path}: [working_hours] opens must be before closes, on at least one day")
    folder = city.gazetteer_folder
    if folder is not None and not (city.path.parent / folder / "streets.csv").exists():
        raise ConfigurationError(
            f"{city.path}: gazetteer_folder '{folder}': there is no {city.path.parent / folder}/streets.csv"
        )
