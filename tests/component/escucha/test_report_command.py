"""`escucha report`: the reports of the profile, or one of any kind; what makes no sense is refused with exit 2."""

from collections.abc import Callable
from pathlib import Path

import pytest

from escucha.cli import main
from tests.support.ledger_facts import SALT
from tests.support.report_weeks import CITY, filled

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    filled(home).close()
    return home


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Run:
    monkeypatch.setenv("ESCUCHA_HOME", str(home))
    monkeypatch.setenv("ESCUCHA_SALT", SALT.decode())

    def call(*arguments: str) -> tuple[int, str]:
        caplog.clear()
        return main(["report", "--city", str(CITY.path), *arguments]), caplog.text

    return call


REFUSED = [
    (("--district", "Centro"), "--district: only with --kind"),
    (("--from", "2026-11-16", "--language", "es"), "--from, --language: only with --kind"),
    (("weekly", "--kind", "weekly"), "give either the NAME of a report of the profile or --kind"),
    (("yearly",), "no report [reports.yearly]; known: weekly, daily, monthly, water, centro"),
    (("--examples", "--kind", "weekly"), "--examples writes reports of all kinds: give no NAME and no --kind with it"),
    (("--examples", "--language", "es"), "--language: only with --kind"),
    (("--kind", "weekly", "--period", "month"), "--period is for the kinds department, district and view"),
    (("--kind", "department", "--department", "Playas"), "there is no department 'Playas'; known: Limpieza y residuos"),
    (("--kind", "district", "--district", "Atlantis"), "no post names the district Atlantis; named: Centro, Salamanca"),
    (("--kind", "event", "--from", "2026-11-16", "--to", "2999-01-01"), "at most 366 days"),
    (("--kind", "event", "--from", "2998-12-01", "--to", "2999-01-01"), "the period has not ended"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_what_makes_no_sense_is_refused_in_words(run: Run, home: Path, arguments: tuple[str, ...], message: str) -> None:
    code, said = run(*arguments)
    assert (code, message in said) == (2, True), said
    assert not (home / "reports").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--kind", "yearly"), "invalid choice: 'yearly' (choose from 'daily', 'weekly', 'monthly'"),
        (("--kind", "daily", "--from", "16/11/2026"), "'16/11/2026' is not a day such as 2026-11-16"),
        (("--kind", "daily", "--topic", "bins"), "invalid choice: 'bins'"),
        (("--kind", "daily", "--language", "fr"), "invalid choice: 'fr'"),
    ],
)
def test_words_that_the_command_does_not_know_are_refused(
    run: Run, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SystemExit) as end:
        run(*arguments)
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_a_report_of_a_district_is_written_in_every_format(run: Run, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = ("--from", "2026-11-16", "--to", "2026-11-22")
    code, said = run("--kind", "district", "--district", "Centro", *days, "--language", "es")
    assert code == 0, said
    assert capsys.readouterr().out == '{"written": 1}\n'
    folder = home / "reports" / "district-centro" / "2026-11-16_2026-11-23"
    formats = ("html", "odp", "pdf", "xlsx")
    assert sorted(path.name for path in folder.iterdir()) == [*(f"district-centro.es.{one}" for one in formats), "numbers.json"]
    assert "Informe de un distrito · Centro · Madrid" in (folder / "district-centro.es.html").read_text()
