"""Check every source, the contact centre, the search engine and the model."""

from argparse import Namespace
from collections.abc import Sequence
from datetime import date, timedelta

from core.config.city import City
from core.config.day_files import PROBLEMS
from core.config.known_answers.answers import answers_of, answers_path
from core.config.known_answers.edits import AnswerEdit, in_use, with_edits
from core.config.own_variables import own_variables, unread_variables
from core.config.profile.webhooks import Webhook
from core.errors import EscuchaError
from core.records.case import CASEBOOK
from escucha.commands import command, option
from escucha.commands.common import print_line
from ledger import read
from pipeline.city.completeness import completeness
from pipeline.context import Context, now, open_context
from pipeline.health.source_check import Finding, check_source
from pipeline.webhooks import check_webhook
from reports.build.day_files import WEEK, weekly_files
from reports.build.forecast import HISTORY
from reports.output.look import read_logo
from search.connection.engine import NotRunningError, connect
from search.index import writer
from search.queries.limits import EMBEDDED_POSTS, embedded_warning, indexed_posts

NO_SOURCE = "none is on: nothing is collected. Add a table [sources.NAME] to {path}, or give the keys it lacks"
CHECKED_WEEKS = 4
"""Weeks ahead that the desk forecasts."""


def check(context: Context, source: str | None = None) -> list[Finding]:
    """Check what the profile names, or only the given source."""
    found = [check_source(context, one.name) for one in context.chosen(source)]
    if source is not None:
        return found
    return [
        *found,
        *check_sources(context),
        *check_unread(context),
        _settings_of_the_desk(context),
        check_completeness(context),
        _contact_centre(context),
        *(check_webhook_part(context, hook) for hook in context.city.webhooks),
        _engine(context),
        _model(context),
        _thresholds(context),
        _answers(context),
        check_logo(context.city),
        *check_forecast_files(context.city, now().astimezone(context.city.zone).date()),
    ]


def check_sources(context: Context) -> list[Finding]:
    """Say that nothing will be collected, where no source is on.

    It fails where citizens cannot report on the portal either.
    """
    if any(not one.off for one in context.sources.values()):
        return []
    good = None if context.city.portal.reports else False
    return [Finding(part="sources", good=good, message=NO_SOURCE.format(path=context.city_path))]


def check_unread(context: Context) -> list[Finding]:
    """Name the settings of the installation that no town takes from it."""
    said = unread_variables(context.settings)
    return [Finding(part="settings of the installation", good=None, message=said)] if said else []


def _settings_of_the_desk(context: Context) -> Finding:
    """Name the settings changed on the desk, and those not used."""
    part, sections = "settings of the desk", context.overlay.sections
    if context.overlay_problems:
        problems = "; ".join(f"[{section}] {why}" for section, why in context.overlay_problems.items())
        cure = f"correct or undo it at {context.settings.desk_address}/settings"
        message = f"not used, the values of {context.city_path} hold: {problems}; {cure}"
        return Finding(part=part, good=False, message=message)
    if not sections:
        return Finding(part=part, good=None, message=f"none: {context.city_path} holds as it is")
    return Finding(part=part, good=True, message=f"laid over {context.city_path}: {', '.join(sections)}")


def check_completeness(context: Context) -> Finding:
    """Say what the set-up lacks; it never fails."""
    found = completeness(context)
    missing = ", ".join(one.name for one in found.missing) or "nothing"
    message = f"{found.share:.0%} of what matters; missing: {missing}. What each costs: {context.settings.desk_address}/settings/setup"
    return Finding(part="set-up", good=None if found.missing else True, message=message)


def _contact_centre(context: Context) -> Finding:
    if context.city.contact_centre.system == CASEBOOK:
        return Finding(part="contact centre", good=True, message="the case book: cases are worked on the desk and not sent outside")
    try:
        module, options, secrets = context.contact_centre()
        with own_variables(context.settings):
            return Finding(part="contact centre", good=True, message=module.check(context.city, options, secrets))
    except EscuchaError as error:
        return Finding(part="contact centre", good=False, message=str(error))


def check_logo(city: City) -> Finding:
    """Say whether the council's logo can be drawn."""
    part, path = "logo", city.path.parent / str(city.identity.logo)
    try:
        found = read_logo(city)
    except ValueError as error:
        message = f"[identity] logo {path}: {error}; pages and reports are without it. Replace the file by an SVG or PNG picture"
        return Finding(part=part, good=False, message=message)
    if found is None:
        return Finding(part=part, good=None, message="none: the desk shows that of Escucha; set [identity] logo")
    return Finding(part=part, good=True, message=f"{path} ({found[1].upper()}, {len(found[0]):,} bytes)")


def check_forecast_files(city: City, today: date) -> list[Finding]:
    """Say whether the forecast can use the files that the profile names."""
    monday = today - timedelta(days=today.weekday())
    found, _weekly = weekly_files(city, monday, HISTORY // WEEK, CHECKED_WEEKS)
    return [
        Finding(
            part=f"forecast {one.kind}",
            good=one.problem is None,
            message=f"{city.path.parent / one.name}: {PROBLEMS[one.problem].format(**one.values) if one.problem else 'can be used'}",
        )
        for one in found
    ]


def check_webhook_part(context: Context, hook: Webhook) -> Finding:
    """Test one webhook with a signed event."""
    part = f"webhook {hook.url}"
    try:
        return Finding(part=part, good=True, message=check_webhook(context, hook))
    except EscuchaError as error:
        return Finding(part=part, good=False, message=str(error))


def _engine(context: Context) -> Finding:
    try:
        engine = connect(context.settings, start_embedded=False)
    except EscuchaError as error:
        is_off = isinstance(error, NotRunningError)
        return Finding(part="search engine", good=None if is_off else False, message=str(error))
    message = f"{engine.flavour} {engine.version} at {engine.url}"
    try:
        writer.check_searchable(engine)
        posts = indexed_posts(engine)
    except EscuchaError as error:
        return Finding(part="search engine", good=False, message=f"{message}: {error}")
    warning = embedded_warning(engine, posts)
    good = not (warning and posts > EMBEDDED_POSTS)
    return Finding(part="search engine", good=good, message=f"{message}: {warning}" if warning else message)


def _model(context: Context) -> Finding:
    try:
        return Finding(part="model", good=True, message=context.annotator.model)
    except EscuchaError as error:
        return Finding(part="model", good=False, message=str(error))


def _thresholds(context: Context) -> Finding:
    """Compare the model of the thresholds with the one in use."""
    triage = context.city.triage
    if triage.act is not None and triage.review is not None:
        return Finding(part="thresholds", good=True, message=f"set by hand: act {triage.act}, review {triage.review}")
    try:
        derived, used = context.city.thresholds.model, context.annotator.model
    except EscuchaError as error:
        return Finding(part="thresholds", good=False, message=str(error))
    good = revision(derived) == revision(used)
    message = f"derived for reach {triage.reach} from {len(context.city.thresholds.gold)} labelled files"
    if not good:
        message += f" with scores of {derived}, but the model in use is {used}: run `escucha thresholds --gold FILE --write FILE`"
    return Finding(part="thresholds", good=good, message=message)


def _answers(context: Context) -> Finding:
    edits = read.known_answer_edits(context.ledger)
    return check_answers(context.city, now().astimezone(context.city.zone).date(), edits)


def check_answers(city: City, on: date, edits: Sequence[AnswerEdit] = ()) -> Finding:
    """Name known answers that are wrong, expired or about to expire.

    `edits`: what staff changed on the desk. An example past its date is named and fails nothing: the council never approved it.
    """
    part, path = "known answers", answers_path(city)
    if not path.exists() and not edits:
        return Finding(part=part, good=None, message=f"none: there is no {path}")
    try:
        entries = with_edits(city, answers_of(city), edits)
    except EscuchaError as error:
        return Finding(part=part, good=False, message=str(error))
    found = in_use(entries)
    late = [one for one in found.answers if one.valid_until < on and not one.example]
    wrong = [
        f"answer '{one.answer.id}', edited on the desk, is not used: {'; '.join(map(str, one.problems))}" for one in entries if one.problems
    ]
    examples = sum(one.example for one in found.answers)
    words = [f"{len(found)}, {examples} of them examples that the council has not approved", *found.expired(on), *wrong]
    return Finding(part=part, good=not late and not wrong, message="; ".join(words))


def revision(model: str) -> str:
    """Return a model's name without the version of its rules.

    That version changes no score of `actionable`.

    >>> revision("tweets-es@3.7+gazetteer")
    'tweets-es@3+gazetteer'
    """
    name, _, others = model.partition("+")
    return "+".join(part for part in (name.rpartition(".")[0] or name, others) if part)


@command(
    "check",
    "check sources, contact centre, search engine and models with one request each. Opens the ledger, and writes nothing else.",
    option("--source", help="only this source"),
)
def run(a: Namespace) -> int:
    """Check all external services with one request each."""
    with open_context(a.city, a.settings) as context:
        findings = check(context, a.source)
    for finding in findings:
        print_line(f"{'ok' if finding.good else 'off' if finding.good is None else 'FAILED':>7}  {finding.part}: {finding.message}")
    return 1 if any(finding.good is False for finding in findings) else 0
