"""What administrators changed is laid over the profile's file; what does not fit any more is left out and named."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.config.city import load_city, read_table
from core.config.overlay import SECTIONS, Overlay, copy_path, difference, differences, lay_over, load_laid, patched, read_copy, write_copy
from core.errors import ConfigurationError

MADRID = Path(__file__).resolve().parents[3] / "cities" / "madrid.toml"
RECEIVED = {"name": "Received", "language": "en", "text": "Thank you."}
CLEANING = {"name": "Limpieza", "topics": ["waste_cleaning"], "answer_within": "PT48H"}


def of(**sections: Any) -> Overlay:
    return Overlay(sections=sections)


@pytest.mark.parametrize(
    ("section", "shipped", "wanted", "patch"),
    [
        ("triage", {"reach": 0.9}, {"reach": 0.9}, {}),
        ("triage", None, {"act": 0.7}, {"act": 0.7}),
        ("triage", {"act": 0.8, "reach": 0.9}, {"reach": 0.9}, {"act": None}),
        ("working_hours", {"closed": ["2026-05-15"]}, {"closed": []}, {"closed": []}),
        ("templates", [RECEIVED], [{**RECEIVED, "text": "Thanks."}], {"Received/en": {"text": "Thanks."}}),
        ("templates", [RECEIVED], [], {"Received/en": None}),
        ("templates", [], [RECEIVED], {"Received/en": RECEIVED}),
        ("departments", [CLEANING], [{**CLEANING, "mail": "a@example.org"}], {"Limpieza": {"mail": "a@example.org"}}),
    ],
)
def test_a_patch_holds_what_differs_and_gives_it_back(section: str, shipped: Any, wanted: Any, patch: Any) -> None:
    assert difference(section, shipped, wanted) == patch
    assert patched(section, shipped, patch) == wanted


def test_a_key_that_nobody_changed_follows_an_update_of_the_file() -> None:
    patch = difference("departments", [CLEANING], [{**CLEANING, "mail": "a@example.org"}])
    updated = [{**CLEANING, "answer_within": "PT24H"}, {"name": "Ruido", "topics": ["noise"]}]
    assert patched("departments", updated, patch) == [{**updated[0], "mail": "a@example.org"}, updated[1]]


def test_old_and_new_values_are_listed_to_the_leaf() -> None:
    after = [{**CLEANING, "answer_within": "PT24H"}, {"name": "Ruido", "topics": ["noise"]}]
    assert differences("departments", [CLEANING], after) == (
        ("Limpieza: answer_within", "PT48H", "PT24H"),
        ("Ruido", None, {"name": "Ruido", "topics": ["noise"]}),
    )


def test_the_profile_has_the_overlay_and_the_file_stays_as_it_is() -> None:
    before = MADRID.read_bytes()
    overlay = of(
        triage={"act": 0.7, "review": 0.3},
        departments={"Limpieza y residuos": {"answer_within": "PT24H"}},
        templates={"Recibido/es": None},
        working_hours={"opens": None, "closes": None, "spans": ["08:00-15:00"]},
    )
    city = lay_over(read_table(MADRID), MADRID, overlay).city
    shipped = load_city(MADRID)
    assert city.cutoffs("x", "es") == (0.3, 0.7)
    assert city.department("waste_cleaning").answer_within == timedelta(hours=24)
    assert city.department("waste_cleaning").topics == shipped.department("waste_cleaning").topics
    assert len(city.templates) == len(shipped.templates) - 1
    assert [str(one) for one in city.working_hours.spans] == ["08:00-15:00"]
    assert MADRID.read_bytes() == before


@pytest.mark.parametrize(
    ("section", "patch", "why"),
    [
        ("triage", {"act": 7}, "key 'triage.act': Input should be less than or equal to 1 (got '7')"),
        ("triage", {"gone": 1}, "unknown key 'triage.gone' (allowed: reach, review_per_day,"),
        ("triage", {"act": 0.2, "review": 0.3}, "[triage] review (0.3) must not be above act (0.2)"),
        ("working_hours", {"closed": ["tomorrow"]}, "key 'working_hours.closed.0':"),
        ("templates", {"Recibido/es": {"text": "{citizen}"}}, "key 'templates.0.text':"),
        ("departments", {"Limpieza y residuos": {"mail": "nobody"}}, "key 'departments.0.mail':"),
        ("sources", {"x": {}}, "[sources] cannot be changed on the desk in this version"),
    ],
)
def test_a_section_that_does_not_fit_is_left_out_alone_and_named(section: str, patch: Any, why: str) -> None:
    sections = {section: patch, "answers": {"max_per_run": 5}}
    city, overlay, problems = lay_over(read_table(MADRID), MADRID, Overlay(sections=sections))
    assert list(problems) == [section]
    assert str(problems[section]).startswith(why)
    assert city.answers.max_per_run == 5
    if section in SECTIONS:
        assert getattr(city, section) == getattr(load_city(MADRID), section)
    assert overlay.sections == sections


def test_a_wrong_file_is_refused_with_or_without_overlay(tmp_path: Path) -> None:
    path = tmp_path / "town.toml"
    path.write_text('name = "Town"\n')
    for overlay in (Overlay(), of(triage={"act": 0.7})):
        with pytest.raises(ConfigurationError, match="key 'notice' is missing"):
            lay_over(read_table(path), path, overlay)


def test_the_copy_is_read_where_no_ledger_is_open_and_only_for_its_profile(tmp_path: Path) -> None:
    overlay = Overlay(revisions={"triage": 3}, sections={"triage": {"act": 0.7}})
    write_copy(tmp_path, MADRID, overlay)
    assert read_copy(tmp_path, MADRID) == (overlay, None)
    assert load_laid(MADRID, tmp_path).city.triage.act == 0.7
    assert load_laid(MADRID, None).city.triage.act is None
    assert read_copy(tmp_path, Path("cities/other.toml")) == (Overlay(), None)
    assert [one.name for one in copy_path(tmp_path, MADRID).parent.iterdir()] == ["madrid.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"sections": 3}', b'{"sections": {"triage": {"act": 7}}}', b"\xff"])
def test_a_damaged_copy_stops_nothing_and_is_named(tmp_path: Path, content: bytes) -> None:
    path = copy_path(tmp_path, MADRID)
    path.parent.mkdir()
    path.write_bytes(content)
    laid = load_laid(MADRID, tmp_path)
    assert laid.city == load_city(MADRID)
    assert len(laid.problems) == 1
