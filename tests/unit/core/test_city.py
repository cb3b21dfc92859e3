"""The profile: a wrong one is refused before anything is read or written, with file, key and what is allowed."""

from datetime import time, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.config.city import load_city
from core.config.settings import Settings
from core.errors import ConfigurationError
from pipeline.context import open_context, read_profile

ROOT = Path(__file__).parents[3]

GOOD = """
name = "Villa"

[notice]
controller = "Ayuntamiento de Villa"
contact = "comunicacion@example.org"
data_protection_officer = "dpd@example.org"

[[departments]]
name = "Limpieza"
topics = ["waste_cleaning"]

[[departments]]
name = "Atención"
topics = ["other"]
"""


def profile(tmp_path: Path, text: str | bytes = GOOD, name: str = "villa.toml") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_short_profile_has_safe_defaults(tmp_path: Path) -> None:
    city = load_city(profile(tmp_path))
    assert (city.timezone, city.retention, city.contact_centre.system, city.contact_centre.max_per_run) == (
        "Europe/Madrid",
        timedelta(days=180),
        "casebook",
        20,
    )
    assert (city.triage.reach, city.triage.act, city.triage.review) == (0.95, None, None)
    assert 0 < city.cutoffs("x", "es").review < 0.5 <= city.cutoffs("x", "es").act
    assert (city.working_hours.opens, city.working_hours.closes) == (time(8), time(20))
    assert city.sources == {}


def test_a_topic_goes_to_who_names_it_else_to_who_names_other(tmp_path: Path) -> None:
    city = load_city(profile(tmp_path))
    assert [city.department(topic).name for topic in ("waste_cleaning", "noise", "other")] == ["Limpieza", "Atención", "Atención"]


def test_a_department_is_called_as_in_the_language_of_its_reader_else_by_its_name(tmp_path: Path) -> None:
    text = GOOD.replace('name = "Limpieza"', 'name = "Limpieza"\nnames = { en = "Cleaning", ca = "Neteja" }')
    city = load_city(profile(tmp_path, text))
    named = [city.display_name("department", "Limpieza", language) for language in ("en", "ca", "ca-ES", "es", "eu")]
    assert named == ["Cleaning", "Neteja", "Neteja", "Limpieza", "Limpieza"]
    assert city.display_name("department", "Atención", "en") == "Atención"
    assert city.display_name("department", "of an older profile", "en") == "of an older profile"
    assert (city.display_name("department", None, "en"), city.display_name("topic", "noise", "es")) == ("–", "Ruido")


def test_the_example_that_runs_is_right() -> None:
    city, sources = read_profile(ROOT / "cities/madrid.toml")
    assert city.name == "Madrid"
    assert next(iter(sources)) == "archive"


def test_a_profile_is_never_changed_after_loading(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        load_city(profile(tmp_path)).name = "Otra"  # type: ignore[misc]


BAD: dict[str, tuple[str, str]] = {
    "unknown key": ('colour = "red"\n' + GOOD, r"unknown key 'colour' \(allowed: name, timezone, languages, retention, handles"),
    "unknown key in a table": (
        GOOD + "[triage]\nactt = 0.8\n",
        r"unknown key 'triage.actt' \(allowed: reach, review_per_day, thresholds, act, review",
    ),
    "unknown key in a department": (GOOD + 'colour = "red"\n', r"unknown key 'departments.1.colour' \(allowed: name, names, topics, ans"),
    "unknown key in a report": (
        GOOD + '[reports.weekly]\nschedule = "0 7 * * MON"\nfor = "a"\n',
        r"unknown key 'reports.weekly.for' \(allowed: kind, posts, period, to, schedule",
    ),
    "wrong type": (GOOD + '[triage]\nact = "much"\n', r"key 'triage.act': Input should be a valid number.*\(got 'much'\)"),
    "a number as name": (GOOD.replace('name = "Villa"', "name = 7"), r"key 'name': Input should be a valid string"),
    "out of range": (GOOD + "[triage]\nact = 80\n", r"key 'triage.act': .*less than or equal to 1"),
    "missing key": (GOOD.replace('contact = "comunicacion@example.org"', ""), r"key 'notice.contact' is missing"),
    "missing table": (GOOD.partition("[notice]")[0], r"key 'notice' is missing; key 'departments' is missing"),
    "bad schedule": (
        GOOD + '[reports.weekly]\nschedule = "every monday"\n',
        r"key 'reports.weekly.schedule': .*not a cron schedule of five fields, such as '0 7 \* \* MON'",
    ),
    "seconds": (GOOD + '[reports.weekly]\nschedule = "0 7 * * 1 30"\n', "not a cron schedule of five fields"),
    "six fields": (GOOD + '[reports.weekly]\nschedule = "0 0 7 * * MON"\n', "not a cron schedule of five fields"),
    "an alias": (GOOD + '[reports.weekly]\nschedule = "R R * * *"\n', "not a cron schedule of five fields"),
    "unknown topic": (GOOD.replace('"waste_cleaning"', '"rubbish"'), r"'departments.0.topics': .*unknown topic rubbish; allowed: .*noise"),
    "unknown zone": ('timezone = "Madrid"\n' + GOOD, "not a time zone; such as: Europe/Madrid, .*Atlantic/Canary"),
    "a zone of no place": ('timezone = "Factory"\n' + GOOD, "not a time zone; such as: .*Europe/Madrid"),
    "the clock of the machine": ('timezone = "localtime"\n' + GOOD, "not a time zone"),
    "a zone with its sign turned": ('timezone = "Etc/GMT+1"\n' + GOOD, "not a time zone"),
    "a zone without summer time": ('timezone = "EST"\n' + GOOD, "not a time zone"),
    "no name": (GOOD.replace('name = "Villa"', 'name = ""'), r"key 'name': "),
    "a name of two lines": (GOOD.replace('name = "Villa"', r'name = "Villa\nNueva"'), r"key 'name': "),
    "a department that answers before it is asked": (
        GOOD.replace("[[departments]]", '[[departments]]\nanswer_within = "-PT3H"'),
        "answer_within",
    ),
    "a department's name in a language without texts": (
        GOOD.replace("[[departments]]", '[[departments]]\nnames = { nl = "Reiniging" }', 1),
        r"'departments.0.names.nl.*': .*there are no texts in 'nl'; known: .*ca",
    ),
    "two departments of one name": (
        GOOD.replace("[[departments]]", '[[departments]]\nname = "Limpieza"\ntopics = ["noise"]\n[[departments]]'),
        r"\[\[departments\]\] two have one name",
    ),
    "a day that never comes": (GOOD + '[reports.weekly]\nschedule = "0 7 30 2 *"\n', "a schedule of a day that never comes"),
    "a report to a word": (
        GOOD + '[reports.weekly]\nschedule = "0 7 * * MON"\nto = ["comunicacion"]\n',
        r"key 'reports.weekly.to.0': .*not one e-mail address.*\(got 'comunicacion'\)",
    ),
    "a report to two in one": (
        GOOD + '[reports.weekly]\nschedule = "0 7 * * MON"\nto = ["a@b.es; c@d.es"]\n',
        r"key 'reports.weekly.to.0': .*not one e-mail address",
    ),
    "unknown region": (
        GOOD + '[working_hours]\nregion = "XX"\n',
        r"key 'working_hours.region': .*no such region in this country; known: AN, AR, AS, .*\(got 'XX'\)",
    ),
    "unknown country": (GOOD + '[working_hours]\ncountry = "XX"\n', r"key 'working_hours.country': .*no calendar of public holidays"),
    "a handle without @": ('handles = ["MADRID"]\n' + GOOD, r"key 'handles.0': .*not a handle, which begins with @.*\(got 'MADRID'\)"),
    "an address as e-mail": (
        GOOD.replace("comunicacion@example.org", "Plaza del Carmen 1"),
        r"key 'notice.contact': .*not one e-mail address.*\(got 'Plaza del Carmen 1'\)",
    ),
    "unknown language": ('languages = ["es", "tlh"]\n' + GOOD, "key 'languages.1': .*there are no texts in 'tlh'; known: ca, es, en"),
    "no duration": ('retention = "half a year"\n' + GOOD, "key 'retention': "),
    "no retention at all": ('retention = "P0D"\n' + GOOD, "key 'retention': "),
    "review above act": (GOOD + "[triage]\nact = 0.4\nreview = 0.6\n", r"\[triage\] review \(0.6\) must not be above act \(0.4\)"),
    "more than the labelled posts support": (
        GOOD + "[triage]\nreach = 0.9999\n",
        r"\[triage\] reach = 0.9999: the labelled posts support 0.99 at most",
    ),
    "no file of thresholds": (GOOD + '[triage]\nthresholds = "nowhere.json"\n', r"nowhere.json: not a file of thresholds \(No such file"),
    "no department": (GOOD.partition("[[departments]]")[0] + "departments = []\n", r"key 'notice.departments'|at least one department"),
    "no language": ("languages = []\n" + GOOD, "key 'languages': .*at least 1 item"),
    "services without a department": (
        GOOD.replace('topics = ["other"]', 'topics = ["noise"]'),
        r"\[\[departments\]\] no department answers roads_pavements, .*give them to one, or give one the topic other",
    ),
    "a department without topics": (
        GOOD + '[[departments]]\nname = "Vacío"\ntopics = []\n',
        "'Vacío' answers no topic and no kind of case",
    ),
    "closed before it opens": (GOOD + '[working_hours]\nopens = "20:00"\ncloses = "08:00"\n', "opens must be before closes"),
    "no working day": (GOOD + "[working_hours]\ndays = []\n", "on at least one day"),
    "no such day": (GOOD + '[working_hours]\ndays = ["LUN"]\n', "key 'working_hours.days.0': Input should be 'MON'"),
    "no gazetteer": ('gazetteer_folder = "nowhere"\n' + GOOD, r"gazetteer_folder 'nowhere': there is no .*streets.csv"),
    "not TOML": ("name = Villa\n", "not a TOML file in UTF-8"),
    "a key twice": ('name = "Villa"\n' + GOOD, "not a TOML file in UTF-8"),
    "our own key": ('path = "/etc"\n' + GOOD, "unknown key 'path'"),
    "unknown source": (GOOD + "[sources.carrier_pigeon]\n", r"\[sources.carrier_pigeon\]: .* collectors plug-in .*known: archive, "),
    "unknown key of a source": (
        GOOD + '[sources.archive]\nfiles = ["a"]\nfile = "b"\n',
        r"\[sources.archive\]: unknown key 'file' \(allowed: every, .*files",
    ),
    "missing key of a source": (GOOD + "[sources.feeds]\n", r"\[sources.feeds\]: key 'feeds' is missing"),
    "unknown question": (GOOD + "[questions.mood]\n", r"\[questions.mood\]: there is no nlp plug-in 'mood'"),
    "unknown contact centre": (
        GOOD + '[contact_centre]\nsystem = "fax"\n',
        r"\[contact_centre.options\]: there is no contact_centre plug-in 'fax'",
    ),
    "nothing may leave": (GOOD + "[contact_centre]\nmax_per_run = 0\n", "key 'contact_centre.max_per_run': .*greater than or equal to 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_profile_is_refused_before_anything_is_touched(tmp_path: Path, name: str) -> None:
    text, words = BAD[name]
    path, home = profile(tmp_path, text), tmp_path / "home"
    with pytest.raises(ConfigurationError, match=words) as refused, open_context(path, Settings(home=home)):
        pass
    assert str(path) in str(refused.value)
    assert refused.value.exit_code == 2
    assert not home.exists()


def test_several_mistakes_are_told_at_once_each_with_what_is_allowed_there(tmp_path: Path) -> None:
    text = 'colour = "red"\n' + GOOD + "[triage]\nactt = 1\n[working_hours]\nlunch = 14\n"
    with pytest.raises(ConfigurationError) as refused:
        load_city(profile(tmp_path, text))
    told = str(refused.value)
    assert "unknown key 'colour' (allowed: name, timezone" in told
    assert "unknown key 'triage.actt' (allowed: reach, review_per_day" in told
    assert "unknown key 'working_hours.lunch' (allowed: days, opens" in told


def test_a_missing_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere.toml: no such profile; make one with `escucha init NAME` or give --city"):
        load_city(tmp_path / "nowhere.toml")


def test_a_folder_is_no_profile(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_city(tmp_path)


def test_a_profile_in_another_encoding_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not a TOML file in UTF-8"):
        load_city(profile(tmp_path, GOOD.encode("latin-1")))


def test_the_byte_order_mark_of_a_windows_editor_is_no_mistake(tmp_path: Path) -> None:
    assert load_city(profile(tmp_path, b"\xef\xbb\xbf" + GOOD.encode())).name == "Villa"


def test_the_value_in_a_message_is_cut_short(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_city(profile(tmp_path, GOOD + f'[triage]\nact = "{"x" * 1000}"\n'))
    assert len(str(refused.value)) < 300
