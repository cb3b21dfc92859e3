"""A profile that is wrong in one place is refused with file, key and what to do, or works: it never ends in a traceback.

Three profiles: Madrid's, one of few answers to `escucha init`, and one of all examples in the documentation.
"""

import io
import os
import tomllib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from croniter import croniter

from core.config.bodies import load_bodies
from core.config.city import City, read_table
from core.config.key_problems import ProfileRefusedError
from core.config.known_answers.answers import answers_of, answers_path
from core.config.overlay import SECTIONS, as_items
from core.config.plugins import load_options, load_plugin, plugin_names
from core.config.settings import Settings
from core.config.shapes import words_of
from core.config.word_lists import city_folder, city_words
from core.errors import ConfigurationError
from core.records import Options
from core.records.annotation import TOPICS
from core.user_agent import user_agent
from core.working_hours import due_at, worked
from desk.pages.identity import styles
from escucha.commands.check import check_forecast_files, check_logo
from escucha.commands.init import QUESTIONS, init
from gazetteer import gazetteer_of
from ledger.database import Ledger
from nlp.questions.relevance.features import text_features
from pipeline.city.completeness import completeness
from pipeline.context import Context, read_profile
from pipeline.sources import Source
from tests.support.profile_mutations import Mutation, documented_profile, mutations, toml_of
from tests.support.triage_facts import NOON, decide_all, post, reading

ROOT = Path(__file__).parents[3]
FEW = {"name": "Granada", "controller": "Ayuntamiento de Granada", "contact": "a@granada.example", "officer": "dpd@granada.example"}
LONGEST_MESSAGE = 3000
KINDS = ("report", "request", "question", "proposal", None)


def shipped(_folder: Path, _patch: pytest.MonkeyPatch) -> dict[str, Any]:
    return tomllib.loads((ROOT / "cities" / "madrid.toml").read_text(encoding="utf-8"))


def made_by_init(folder: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    answers = (FEW.get(question.key, "") for question in QUESTIONS)
    patch.setattr("sys.stdin", io.StringIO("".join(f"{one}\n" for one in answers)))
    return tomllib.loads(init("granada", folder).read_text(encoding="utf-8"))


def documented(_folder: Path, _patch: pytest.MonkeyPatch) -> dict[str, Any]:
    return documented_profile()


PROFILES = (shipped, made_by_init, documented)


def use(path: Path, city: City, sources: dict[str, Source]) -> None:
    """Do with a loaded profile what costs little: days, departments, mails, one decided post."""
    for topic in TOPICS:
        for kind in KINDS:
            due_at(city, NOON, city.answer_within(kind, city.department_of(kind, topic)))
    worked(city, NOON, NOON + timedelta(days=9))
    assert user_agent(city).isascii()
    assert NOON - city.retention < NOON - city.portal.contact_kept + city.portal.contact_kept
    for source in sources.values():
        spans = [timedelta(minutes=source.options.every), source.options.quiet_after, *dict(source.options.deletions or ()).values()]
        spans += [getattr(source.options, name, None) for name in ("look_back", "overlap")]
        assert all(NOON - span <= NOON <= NOON + span for span in spans if isinstance(span, timedelta))
        source.options.spending_limits()
    load_bodies(city)
    city_words(city_folder(city))
    if answers_path(city).exists():
        answers_of(city)
    assert gazetteer_of(city) is not None
    assert styles(city.identity)
    check_logo(city)
    check_forecast_files(city, NOON.date())
    relevance = load_options("nlp", "relevance", city.questions.get("relevance", {}), str(path))
    near, names = getattr(relevance, "near", ()), getattr(relevance, "names", ()) or (city.name,)
    text_features(city, names, near, getattr(relevance, "not_", ()), "Hay basura en Villa, @villa")
    decide_all((post("a"), reading(post("a"))), city=city)
    _mails(city)
    for section in SECTIONS:
        as_items(section, read_table(path).get(section))
    context = Context(city=city, settings=Settings(), salt=b"", ledger=object.__new__(Ledger), sources=sources, city_path=path)
    assert 0 <= completeness(context).share <= 1


def _mails(city: City) -> None:
    letter = EmailMessage()
    letter["Subject"] = f"{city.name} {city.identity.council} {', '.join(one.name for one in city.departments)}"
    letter["To"] = ", ".join({city.notice.contact, *(one.mail for one in city.departments if one.mail)})
    for name, report in city.reports.items():
        assert "/" not in name
        croniter(report.schedule, NOON).get_next()
    assert letter.as_bytes()


def faults(path: Path, wrong: Iterable[tuple[Mutation, dict[str, Any]]]) -> Iterator[str]:
    """Load and use each profile; yield what goes wrong otherwise than by a refusal that names file and key."""
    for what, table in wrong:
        path.write_text(toml_of(table), encoding="utf-8")
        try:
            use(path, *read_profile(path))
        except ConfigurationError as error:
            said = str(error)
            named = [part for part in what.key if isinstance(part, str) and part.isprintable() and part]
            is_named = any(part in said for part in named[-2:]) or not named or "department" in said
            if not said.startswith(str(path)) or not is_named or len(said) > LONGEST_MESSAGE or not said.isprintable():
                yield f"{what}: {said[:300]}"
        except Exception as error:
            yield f"{what}: {type(error).__name__}: {error}"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("ledger.read.has_users", lambda _ledger: False)
    (tmp_path / "madrid").symlink_to(ROOT / "cities" / "madrid")
    return tmp_path


@pytest.mark.parametrize(("profile", "step"), [(shipped, 150), (made_by_init, 15), (documented, 60)])
def test_a_profile_that_is_wrong_in_one_place_is_refused_in_words_or_works(
    home: Path, monkeypatch: pytest.MonkeyPatch, profile: Any, step: int
) -> None:
    wrong = islice(mutations(profile(home, monkeypatch), every_item=False), 3, None, step)
    assert list(faults(home / "wrong.toml", wrong)) == []


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
def test_every_key_and_item_of_a_profile_may_be_wrong(home: Path, monkeypatch: pytest.MonkeyPatch, profile: Any) -> None:
    """Of the thousands of mutations one in three, or all where `ESCUCHA_EVERY_MUTATION` is set (five minutes)."""
    step = 1 if os.environ.get("ESCUCHA_EVERY_MUTATION") else 3
    assert list(faults(home / "wrong.toml", islice(mutations(profile(home, monkeypatch)), 0, None, step))) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_the_profiles_themselves_are_right(home: Path, monkeypatch: pytest.MonkeyPatch, profile: Any) -> None:
    path = home / "right.toml"
    path.write_text(toml_of(profile(home, monkeypatch)), encoding="utf-8")
    use(path, *read_profile(path))


WRONG: dict[str, tuple[str, str]] = {
    "a number of days": ("retention = 180\n", "key 'retention': .*write a duration, such as 'P180D' for 180 days"),
    "ten thousand years": ('retention = "P3650000D"\n', "key 'retention': .*from nothing to a hundred years"),
    "an invisible character": ('attribution = "a\\u0000b"\n', r"key 'attribution': .*cannot be seen \(U\+0000\)"),
    "an entry of nothing": ('handles = [""]\n', "key 'handles.0': .*not a handle"),
    "a number that is too long to read": (f"retention = {'9' * 5000}\n", "not a TOML file in UTF-8"),
    "lists without an end": (f"handles = {'[' * 100_000}\n", "not a TOML file in UTF-8"),
    "a report that leaves its folder": ('[reports."../x"]\nschedule = "0 7 * * MON"\n', "key 'reports.*': .*not the name of a report"),
    "a handle of X in other letters": ('[sources.x]\nown_handle = "villa"\n', "key 'own_handle': not a handle of X, which begins with @"),
    "a code of DIR3": (
        '[portal]\ndir3 = "P3650000D"\n',
        "key 'portal.dir3': not a code of DIR3, which has nine signs, such as 'L01280796'",
    ),
    "a group of places": ('[priority]\nvulnerable_places = ["bar"]\n', "no group of places 'bar'; known: calle, .*hospital"),
    "half an address": ('[sources.consul]\nsite = "https://["\n', r"\[sources.consul\]: key 'site': .*not a whole web address"),
    "a switch for a number": ("[triage]\nreview_per_day = true\n", "key 'triage.review_per_day': .*write a number"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_no_key_can_mean_is_said_in_words(tmp_path: Path, name: str) -> None:
    text, words = WRONG[name]
    right = toml_of({key: one for key, one in documented_profile().items() if key in ("name", "notice", "departments")})
    path = tmp_path / "villa.toml"
    path.write_text(text.partition("[")[0] + right + text[len(text.partition("[")[0]) :] if text[0] == "[" else text + right)
    with pytest.raises(ConfigurationError, match=words) as refused:
        read_profile(path)
    assert str(refused.value).startswith(str(path))


def test_a_service_without_a_department_is_named(tmp_path: Path) -> None:
    table = documented_profile()
    table["departments"] = [one for one in table["departments"] if "other" not in one["topics"]]
    path = tmp_path / "villa.toml"
    path.write_text(toml_of(table), encoding="utf-8")
    with pytest.raises(ProfileRefusedError, match=r"\[\[departments\]\] no department answers roads_pavements, .*other, which takes all"):
        read_profile(path)


def _options(kind: type[Options]) -> Iterator[tuple[str, Any]]:
    for name, field in kind.model_fields.items():
        for one in (field, *field.metadata, *_nested(field.annotation)):
            if pattern := getattr(one, "pattern", None):
                yield f"{kind.__module__}.{name}", pattern


def _nested(annotation: Any) -> Iterator[Any]:
    for one in getattr(annotation, "__args__", ()):
        yield from getattr(one, "__metadata__", ())
        yield from _nested(one)


def test_every_form_of_a_value_is_said_in_words() -> None:
    kinds = {field.annotation for field in City.model_fields.values() if isinstance(field.annotation, type)}
    models: set[type[Options]] = {City, *(one for one in kinds if issubclass(one, Options))}
    models |= {load_plugin(room, name, "").Options for room in ("collectors", "nlp", "contact_centre") for name in plugin_names(room)}
    found = dict(one for model in models for one in _options(model))
    assert len(found) > 15
    assert [name for name, pattern in found.items() if words_of(pattern) is None] == []
