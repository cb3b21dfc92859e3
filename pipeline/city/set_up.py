"""Set a city up in ordered steps that may be skipped.

A step holds nothing of its own: its settings are sections of the profile, and whether it is done is what `completeness` finds. Only that
someone left it out is kept.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from core.config.department_sets import departments_of
from core.config.overlay import ProfileChange, as_items, profile_name
from core.errors import ChangeRefusedError, ConfigurationError, EscuchaError
from core.smtp import open_connection
from ledger import read
from ledger.read import Skip
from ledger.system import setup_skips
from pipeline.city import profile
from pipeline.city.completeness import Item, completeness
from pipeline.context import Context, now
from pipeline.health.source_check import Finding, check_source

State = Literal["done", "skipped", "open"]
NO_STEP = "There is no such step of the set-up."
IN_USE = "Cases are with departments that this set does not have: {departments}. Change the departments one by one."


class Step(NamedTuple):
    """Describe one step of the set-up."""

    name: str
    items: tuple[str, ...]
    """What `completeness` finds of it."""
    sections: tuple[str, ...] = ()
    """Sections of the settings that it asks for."""
    page: str = ""
    """Another page of the desk on which it is done; empty: none."""


STEPS = (
    Step("city", ("handles",), ("city",)),
    Step("calendar", ("region", "holidays"), ("working_hours",)),
    Step("about", ("names", "near", "brands"), ("relevance",)),
    Step("departments", ("services", "teams"), ("departments",)),
    Step("press", ("press",), ("feeds",)),
    Step("sources", ("networks",), (), "/sources"),
    Step("gazetteer", ("gazetteer", "streets", "bodies"), ("gazetteer",)),
    Step("mail", ("mail", "alarms", "reports", "backup"), (), "/outbox"),
    Step("users", ("users",), (), "/users"),
    Step("answers", ("send", "templates", "known_answers"), ("answers", "templates"), "/answers/known"),
    Step("portal", ("portal", "logo")),
    Step("legal", ("notice",), ("notice",)),
)
"""As `escucha init` asks, then what makes a city whole; every item of `completeness` is in one of them."""


class StepProgress(NamedTuple):
    """Hold how far a step is."""

    step: Step
    items: tuple[Item, ...]
    skip: Skip | None
    last: ProfileChange | None
    """The last change of one of its sections."""

    @property
    def state(self) -> State:
        """Say whether it is done; what lacks may be left out."""
        if all(one.done for one in self.items):
            return "done"
        return "open" if self.skip is None else "skipped"


class SetUp(NamedTuple):
    """Hold all steps, in order."""

    steps: tuple[StepProgress, ...]
    share: float
    """Of the weights of all items that are done, 0..1."""

    @property
    def following(self) -> StepProgress | None:
        """Return the first step that is open; None: there is none."""
        return next((one for one in self.steps if one.state == "open"), None)


def set_up(context: Context) -> SetUp:
    """Look through the set-up of a city."""
    found = completeness(context)
    items = {one.name: one for one in found.items}
    name = profile_name(context.city_path)
    skips, changes = read.setup_skips(context.ledger, name), read.profile_changes(context.ledger, name)
    steps = tuple(
        StepProgress(step, tuple(items[one] for one in step.items), skips.get(step.name), _last(changes, step.sections)) for step in STEPS
    )
    return SetUp(steps, found.share)


def _last(changes: Iterable[ProfileChange], sections: tuple[str, ...]) -> ProfileChange | None:
    return max((one for one in changes if one.section in sections), key=lambda one: one.at, default=None)


def step_of(name: str) -> Step:
    """Return a step by its name.

    Raises:
        ConfigurationError: there is none.
    """
    found = next((one for one in STEPS if one.name == name), None)
    if found is None:
        raise ChangeRefusedError(NO_STEP)
    return found


def skip(context: Context, name: str, who: str) -> bool:
    """Leave a step out for now.

    Returns False when someone did so before.
    """
    return setup_skips.skip(context.ledger, profile_name(context.city_path), step_of(name).name, who, now())


def resume(context: Context, name: str, who: str) -> bool:
    """Take a step up again that was left out.

    Returns False when it was not.
    """
    return setup_skips.resume(context.ledger, profile_name(context.city_path), step_of(name).name, who, now())


def begin_departments(context: Context, size: str, seen: int, who: str) -> bool:
    """Replace the departments by those of a council of this size.

    One of a name that is there keeps its mail address and whatever else the set does not say. Returns False for a form sent twice.

    Raises:
        ConfigurationError: cases are with departments that would go, or nothing would change.
        StaleError: the departments were changed meanwhile.
    """
    known = as_items("departments", profile.section_in_force(context, "departments"))
    wanted = [known.get(one["name"], {}) | one for one in departments_of(size)]
    gone = known.keys() - {one["name"] for one in wanted}
    used = sorted(one for one in gone if read.count_cases(context.ledger, department=one))
    if used:
        raise ChangeRefusedError(IN_USE, departments=tuple(used))
    return profile.change(context, "departments", wanted, seen, who, size)


def try_out(context: Context, name: str, source: str = "") -> Finding:
    """Try what a step set up, with one request.

    Nothing is sent or stored.

    Args:
        context: the open context.
        name: of the step, `sources` or `mail`.
        source: of the profile, to read once.

    Raises:
        ConfigurationError: there is nothing to try, or no such source.
    """
    if name == "mail":
        return _try_mail(context)
    if name != "sources":
        raise ChangeRefusedError(NO_STEP)
    if source not in context.sources:
        raise ConfigurationError(f"{context.city_path.name}: there is no [sources.{source[:40]}]")
    return check_source(context, source)


def _try_mail(context: Context) -> Finding:
    url = context.settings.smtp_url
    if url is None:
        return Finding(part="mail", good=None, message="off: set ESCUCHA_SMTP_URL")
    try:
        with open_connection(url) as server:
            code, _answer = server.noop()
    except EscuchaError as error:
        return Finding(part="mail", good=False, message=str(error))
    return Finding(part="mail", good=code < 400, message=f"the mail server answers ({code})")
