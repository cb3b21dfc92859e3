"""Which towns an installation serves, and what each takes of its settings."""

from pathlib import Path

import pytest

from core.config.settings import Settings
from core.config.towns import TownSettings, settings_of, towns_of
from core.errors import ConfigurationError

HOUSE = Settings(
    home=Path("/var/lib/escucha"),
    ledger_url="postgresql://db/escucha",
    desk_url="https://desk.example",
    portal_url="https://participa.example",
    backup_folder="/backups",
    smtp_url="smtp://mail.example",
    salt="a salt of the installation, 32 b",
    suppressions="/safe/journal",
    portal_open311_keys="app:all:hash",
    api_token="of the installation",  # noqa: S106
)


def listed(folder: Path, *names: str) -> Settings:
    paths = [folder / f"{name}.toml" for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return Settings(towns=", ".join(map(str, paths)), home=folder / "home")


def test_without_a_list_there_is_one_town_with_the_settings_as_they_are() -> None:
    [only] = towns_of(HOUSE, Path("cities/madrid.toml"))
    assert (only.name, only.profile, only.settings) == ("madrid", Path("cities/madrid.toml"), HOUSE)
    assert (only.settings.variables, only.settings.index_prefix, only.settings.engine_home) == ("ESCUCHA_", "escucha", HOUSE.home)


def test_a_town_has_its_own_places_and_the_installations_servers() -> None:
    town = settings_of(HOUSE, "getafe")
    assert town.home == Path("/var/lib/escucha/towns/getafe")
    assert town.ledger == "postgresql://db/escucha_getafe"
    assert (town.desk_address, town.portal_address) == ("https://getafe.desk.example", "https://getafe.participa.example")
    assert town.backup_folder == "/backups/getafe"
    assert (town.index_prefix, town.variables) == ("escucha-getafe", "ESCUCHA_TOWN_GETAFE_")
    assert (town.engine_home, town.smtp_url) == (HOUSE.home, HOUSE.smtp_url)


def test_a_town_takes_no_key_and_no_journal_of_the_installation() -> None:
    town = settings_of(HOUSE, "getafe")
    assert (town.salt, town.api_token, town.portal_open311_keys) == (None, None, "")
    assert town.journal == Path("/var/lib/escucha/towns/getafe/suppressions.jsonl").resolve()


def test_a_towns_own_variables_come_before_the_installations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_TOWN_GETAFE_DESK_URL", "https://escucha.getafe.example")
    monkeypatch.setenv("ESCUCHA_TOWN_GETAFE_THREADS", "3")
    monkeypatch.setenv("ESCUCHA_TOWN_PARLA_THREADS", "5")
    town = settings_of(HOUSE, "getafe")
    assert isinstance(town, TownSettings)
    assert (town.desk_address, town.threads) == ("https://escucha.getafe.example", 3)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("THREADS", "many", "environment: ESCUCHA_TOWN_GETAFE_THREADS: Input should be a valid integer"),
        ("HOME", "/elsewhere", "environment: ESCUCHA_TOWN_GETAFE_HOME is a setting of the whole installation: remove it"),
        ("TOWNS", "a.toml", "environment: ESCUCHA_TOWN_GETAFE_TOWNS is a setting of the whole installation: remove it"),
    ],
)
def test_a_wrong_variable_of_a_town_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str) -> None:
    monkeypatch.setenv(f"ESCUCHA_TOWN_GETAFE_{variable}", value)
    with pytest.raises(ConfigurationError, match=message):
        settings_of(HOUSE, "getafe")


@pytest.mark.parametrize("name", ["posts", "Getafe", "las_rozas", "las-rozas", "1town", "a" * 31])
def test_a_name_that_cannot_stand_in_indices_and_addresses_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="is named by up to 30 of a-z and 0-9, the first a letter, and not cases, districts"):
        towns_of(listed(tmp_path, name), Path("unused"))


def test_two_towns_of_one_name_and_a_profile_that_is_missing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="two profiles are named getafe"):
        towns_of(listed(tmp_path, "getafe", "other/getafe"), Path("unused"))
    with pytest.raises(ConfigurationError, match=r"nowhere.toml: no such profile; make one with `escucha init nowhere`"):
        towns_of(Settings(towns=str(tmp_path / "nowhere.toml")), Path("unused"))


@pytest.mark.parametrize("variable", ["DESK_URL", "PORTAL_URL", "LEDGER_URL", "SUPPRESSIONS", "PORTAL_FILES", "BACKUP_FOLDER"])
def test_two_towns_never_share_a_ledger_an_address_or_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    for town in ("GETAFE", "PARLA"):
        monkeypatch.setenv(f"ESCUCHA_TOWN_{town}_{variable}", "https://one.example")
    named = f"ESCUCHA_TOWN_GETAFE_{variable} and ESCUCHA_TOWN_PARLA_{variable}: two towns must not share one"
    with pytest.raises(ConfigurationError, match=named):
        towns_of(listed(tmp_path, "getafe", "parla"), Path("unused"))


def test_a_file_of_sqlite_is_not_shared_by_towns() -> None:
    with pytest.raises(ConfigurationError, match="each town then has its own file"):
        settings_of(HOUSE.model_copy(update={"ledger_url": "sqlite:////var/ledger.sqlite"}), "getafe")
