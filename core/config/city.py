"""Load and validate the profile of a city, one TOML file.

It lists the sources, the departments with their topics and answer times, and the contact centre.
The models of its tables are in `core.config.profile.tables`.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationError

from core.config.key_problems import KeyProblem, ProfileRefusedError, problems_of
from core.config.plugins import explain_validation
from core.config.profile.assistant import Assistant
from core.config.profile.calendar import Season, WorkingHours
from core.config.profile.forecast import ForecastFiles
from core.config.profile.identity import Identity
from core.config.profile.open311 import Open311
from core.config.profile.other_city import OtherCity
from core.config.profile.portal import Portal
from core.config.profile.priority import PriorityRules
from core.config.profile.reports import Report, Scope
from core.config.profile.saved_views import SavedViews
from core.config.profile.tables import Answers, AnswerTemplate, ContactCentre, Department, InterfaceLanguage, Notice, Route, Triage
from core.config.profile.warnings import WarningRules
from core.config.profile.webhooks import Webhook
from core.config.shapes import shaped
from core.config.thresholds import MENTION, SHIPPED, Cutoffs, Thresholds, load_thresholds, source_kind_of
from core.config.zones import known_zone
from core.errors import ChangeRefusedError, ConfigurationError, RefusedValueError, Value
from core.i18n.display_names import display_name
from core.records import Options
from core.records.annotation import TOPICS
from core.records.kind import PROPOSAL_WITHIN, CaseKind, WorkingTime, working_time
from core.text import brief

MIN_HANDLE = 2
"""Characters, with the @."""
__all__ = (
    "TABLES",
    "AnswerTemplate",
    "Answers",
    "City",
    "ContactCentre",
    "Department",
    "Notice",
    "Report",
    "Route",
    "Triage",
    "city_of",
    "load_city",
    "read_table",
)


ReportName = Annotated[
    str, Field(pattern=shaped(r"^\w[\w-]{0,39}$", "not the name of a report, of letters, digits, - and _: it names files"))
]


def check_handle(handle: str) -> str:
    """Return a handle of the city, as people write it: `@ayuntamiento`.

    Raises:
        ValueError: it has no @, or a space.
    """
    if not handle.startswith("@") or len(handle.split()) != 1 or len(handle) < MIN_HANDLE:
        raise RefusedValueError("not a handle, which begins with @, such as '@ayuntamiento'")
    return handle


class City(Options):
    """Hold the whole profile, validated.

    The tables of plug-ins are validated by `core.config.plugins.load_options`.
    """

    name: str = Field(pattern=shaped(r"^\S(.*\S)?$", "not a name in one line, without spaces around it: 'Granada'"), max_length=100)
    """Name as people write it; used in searches and on the desk."""
    timezone: Annotated[str, AfterValidator(known_zone)] = "Europe/Madrid"
    """Zone of schedules, days in reports and due dates."""
    languages: tuple[InterfaceLanguage, ...] = Field(("es", "en"), min_length=1)
    """Languages of the desk and of alarms; the first is the default."""
    retention: timedelta = Field(timedelta(days=180), gt=timedelta(0))
    """Posts older than this are removed everywhere (`escucha forget`)."""
    handles: tuple[Annotated[str, AfterValidator(check_handle)], ...] = ()
    """The city's own accounts: not redacted in texts; their posts on Bluesky and Mastodon open no case."""
    gazetteer_folder: str | None = None
    """Folder beside the profile with streets.csv and the other tables; None: places are not resolved."""
    attribution: str = ""
    """Credits for the sample and the gazetteer."""
    identity: Identity = Identity()
    """Table `[identity]`: name, colour and logo of the council."""
    notice: Notice
    """Table `[notice]`: what the notice to citizens says."""
    working_hours: WorkingHours = WorkingHours()
    """Table `[working_hours]`: when the city works."""
    questions: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Tables `[questions.NAME]`: options of the questions that the model answers."""
    sources: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Tables `[sources.NAME]`: each enables one source."""
    triage: Triage = Triage()
    """Table `[triage]`: what becomes a case."""
    priority: PriorityRules = PriorityRules()
    """Table `[priority]`: what makes a case urgent."""
    departments: tuple[Department, ...]
    """Tables `[[departments]]`: topics and answer time of each department; at least one."""
    kinds: dict[CaseKind, Route] = Field(default_factory=dict)
    """Tables `[kinds.KIND]`: route and answer time of a kind of case."""
    answers: Answers = Field(default_factory=Answers)
    """How citizens are answered."""
    templates: tuple[AnswerTemplate, ...] = ()
    """Texts for answers."""
    contact_centre: ContactCentre = ContactCentre()
    """Table `[contact_centre]`: where cases are handled."""
    webhooks: tuple[Webhook, ...] = ()
    """Tables `[[webhooks]]`: systems that are notified of case events."""
    warnings: WarningRules = WarningRules()
    """Table `[warnings]`: early warning of unusual rises."""
    forecast: ForecastFiles = ForecastFiles()
    """Table `[forecast]`: files of days that the forecast may use."""
    assistant: Assistant = Assistant()
    """Table `[assistant]`: a language model of the council's choice, for staff."""
    saved_views: SavedViews = SavedViews()
    """Table `[saved_views]`: limits of the views that staff save."""
    open311: Open311 = Open311()
    """Table `[open311]`: what the portal publishes of cases."""
    portal: Portal = Portal()
    """Table `[portal]`: the citizens' pages."""
    compare: tuple[OtherCity, ...] = ()
    """Tables `[[compare]]`: cities whose open data is shown beside the own response times."""
    reports: dict[ReportName, Report] = Field(default_factory=dict)
    """Tables `[reports.NAME]`: what is mailed to whom and when."""
    path: Path = Path()
    """The file it was loaded from."""

    @cached_property
    def thresholds(self) -> Thresholds:
        """Load the thresholds file that the profile names, else the shipped one."""
        named = self.triage.thresholds
        return load_thresholds(self.path.parent / named if named else SHIPPED)

    def cutoffs(self, source: str, language: str, text: str = "", style: str | None = None) -> Cutoffs:
        """Return the thresholds for a post of this source and language.

        `act` and `review` in the profile take precedence over derived ones.
        """
        act, review = self.triage.act, self.triage.review
        if act is not None and review is not None:
            return Cutoffs(review, act)
        derived = self.thresholds.cutoffs(self.stream_of(source, text, style), language, self.triage.reach)
        if act is not None:
            return Cutoffs(min(derived.review, act), act)
        if review is not None:
            return Cutoffs(review, max(derived.act, review))
        return derived

    def stream_of(self, source: str, text: str, style: str | None = None) -> str:
        """Return the stream of a post: mention, network, platform or letter.

        A post of a network that holds a handle of the city is said to the city; the others were found by search.
        """
        kind = source_kind_of(source, text, style)
        is_said = kind == "network" and "@" in text and self._own_handle.search(text) is not None
        return MENTION if is_said else kind

    @cached_property
    def _own_handle(self) -> re.Pattern[str]:
        handles = "|".join(re.escape(one) for one in self.handles) or "(?!)"
        return re.compile(rf"(?:{handles})(?!\w)", re.IGNORECASE)

    def topic_bar(self, source: str, text: str = "", style: str | None = None) -> float:
        """Return from which certainty on the topic of a case is decided.

        By the source and text of its first post; `topic` in the profile takes precedence over the derived bar.
        """
        own = self.triage.topic
        return self.thresholds.topic_bar(source_kind_of(source, text, style)) if own is None else own

    @property
    def zone(self) -> ZoneInfo:
        """Return the city's time zone."""
        return ZoneInfo(self.timezone)

    def department(self, topic: str) -> Department:
        """Return the department of a topic.

        The first that lists the topic, else the one that lists `other`, else the first of the profile.
        """
        for wanted in (topic, "other"):
            for department in self.departments:
                if wanted in department.topics:
                    return department
        return self.departments[0]

    def display_name(self, kind: str, value: object, language: str) -> str:
        """Return the display name of a code or of a department."""
        if kind != "department" or value is None:
            return display_name(kind, value, language)
        found = next((one for one in self.departments if one.name == value), None)
        return str(value) if found is None else found.names.get(language.partition("-")[0], found.name)

    def route(self, kind: str | None) -> Route:
        """Return how cases of this kind are handled.

        None (a case of an older version): as the department handles its cases.
        """
        found = next((route for name, route in self.kinds.items() if name == kind), Route())
        if kind == "proposal" and found.answer_within is None:
            return found.model_copy(update={"answer_within": PROPOSAL_WITHIN})
        return found

    def department_of(self, kind: str | None, topic: str) -> Department:
        """Return the department for cases of this kind and topic."""
        named = self.route(kind).department
        return next((one for one in self.departments if one.name == named), None) or self.department(topic)

    def answer_within(self, kind: str | None, department: Department) -> WorkingTime:
        """Return the answer time of a case in working days and hours."""
        duration = self.route(kind).answer_within
        return WorkingTime(time=department.answer_within) if duration is None else working_time(duration)


TABLES: dict[str, type[Options]] = {
    "departments": Department,
    "working_hours": WorkingHours,
    "working_hours.seasons": Season,
    "triage": Triage,
    "priority": PriorityRules,
    "contact_centre": ContactCentre,
    "answers": Answers,
    "templates": AnswerTemplate,
    "reports": Report,
    "reports.posts": Scope,
    "notice": Notice,
    "kinds": Route,
    "webhooks": Webhook,
    "open311": Open311,
    "warnings": WarningRules,
    "portal": Portal,
    "assistant": Assistant,
    "saved_views": SavedViews,
    "forecast": ForecastFiles,
}
"""Model of each table, to list its keys in error messages."""


def load_city(path: Path) -> City:
    """Load and validate a profile as its file has it.

    The tables of plug-ins are validated by their rooms (`core.config.plugins.load_options`). What staff changed on the desk is laid over
    it by `core.config.overlay.load_laid`.

    Raises:
        ConfigurationError: names file, key and what is allowed.
    """
    return city_of(read_table(path), path)


def read_table(path: Path) -> dict[str, Any]:
    """Read the file of a profile, unchecked.

    Raises:
        ConfigurationError: it cannot be read, or is no TOML file.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such profile; make one with `escucha init NAME` or give --city") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError as error:  # also of a number with more digits than Python reads
        raise ConfigurationError(f"{path}: not a TOML file in UTF-8: {error}") from None
    except RecursionError:
        raise ConfigurationError(f"{path}: not a TOML file in UTF-8: lists or tables are nested too deep") from None


def city_of(table: Mapping[str, Any], path: Path) -> City:
    """Validate the table of a profile.

    Raises:
        ConfigurationError: names file, key and what is allowed.
    """
    if "path" in table:
        raise ConfigurationError(f"{path}: unknown key 'path' (allowed: {', '.join(sorted(City.model_fields.keys() - {'path'}))})")
    try:
        city = City.model_validate({**table, "path": path})
    except ValidationError as error:
        message = explain_validation(error, str(path), City, TABLES)
        raise ProfileRefusedError(message, problems_of(error)) from None
    _check_sense(city)
    return city


REVIEW_ABOVE_ACT = "must not be above the score from which a post opens a case by itself ({act})"


def _check_sense(city: City) -> None:
    act, review = city.triage.act, city.triage.review
    if act is not None and review is not None and review > act:
        wrong = KeyProblem(("triage", "review"), REVIEW_ABOVE_ACT, {"act": act}, review)
        message = f"{city.path}: [triage] review ({review}) must not be above act ({act})"
        raise ProfileRefusedError(message, [wrong])
    try:
        city.cutoffs("", "")
    except ProfileRefusedError as error:
        raise ProfileRefusedError(f"{city.path}: {error}", error.problems) from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{city.path}: {error}") from None
    urls = [one.url for one in city.webhooks]
    if len(set(urls)) < len(urls):
        raise ConfigurationError(f"{city.path}: [[webhooks]] an address is given twice: list all its events in one table")
    if bool(city.assistant.url) != bool(city.assistant.model):
        raise ConfigurationError(f"{city.path}: [assistant] give both url and model, or neither")
    _check_departments(city)
    folder = city.gazetteer_folder
    if folder is not None and not (city.path.parent / folder / "streets.csv").exists():
        shown = brief(folder)
        raise ConfigurationError(f"{city.path}: gazetteer_folder '{shown}': there is no {city.path.parent / shown}/streets.csv")


NO_DEPARTMENT = "at least one department is needed"
ONE_NAME = "two have one name ('{name}'): staff, reports and mails know a department by it"
IDLE = "'{name}' answers no topic and no kind of case: give it topics, of {topics}, or name it in [kinds.KIND] department"
NOBODY_ANSWERS = "no department answers {topics}: give them to one, or give one the topic other, which takes all the rest"


def _check_departments(city: City) -> None:
    """Check that each service has a department, and each department work.

    Raises:
        ConfigurationError: names the key and what is allowed.
    """
    names = [one.name for one in city.departments]
    if not names:
        raise _wrong(city, NO_DEPARTMENT)
    if twice := [name for name in names if names.count(name) > 1]:
        raise _wrong(city, ONE_NAME, name=twice[0])
    asked = {route.department for route in city.kinds.values()}
    if idle := [one.name for one in city.departments if not one.topics and one.name not in asked]:
        raise _wrong(city, IDLE, name=idle[0], topics=TOPICS)
    answered = {topic for one in city.departments for topic in one.topics}
    if "other" not in answered:
        raise _wrong(city, NOBODY_ANSWERS, topics=tuple(topic for topic in TOPICS if topic not in answered))
    for kind, route in city.kinds.items():
        if route.department is not None and route.department not in names:
            raise _no_such_department(city, f"[kinds.{kind}]", route.department)
    for template in city.templates:
        if template.department and template.department not in names:
            values: dict[str, Value] = {"department": template.department}
            problem = KeyProblem(("templates", "department"), "there is no department '{department}' in the profile", values, "")
            message = ChangeRefusedError(problem.template, **values)
            raise ProfileRefusedError(f"{city.path}: [[templates]] {brief(template.name)}: {message}", [problem])
    for name, report in city.reports.items():
        if report.posts.department is not None and report.posts.department not in names:
            raise _no_such_department(city, f"[reports.{name}.posts]", report.posts.department)


def _no_such_department(city: City, table: str, name: str) -> ConfigurationError:
    names = ", ".join(one.name for one in city.departments)
    return ConfigurationError(f"{city.path}: {table} department: there is no '{brief(name)}'; allowed: {names}")


def _wrong(city: City, template: str, **values: Value) -> ProfileRefusedError:
    """Return the refusal of the departments, which the desk translates."""
    message = ChangeRefusedError(template, **values)
    return ProfileRefusedError(f"{city.path}: [[departments]] {message}", [KeyProblem(("departments",), template, values, "")])
