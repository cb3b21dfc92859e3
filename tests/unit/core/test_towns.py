"""Which towns an installation serves, and what each takes of its settings."""

from pathlib import Path

import pytest

from core.config.profile.assistant import Assistant
from core.config.profile.webhooks import Webhook, signing_keys
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


@pytest.mark.parametrize("other", ["https://one.example/", "https://ONE.example", "https://one.example:8443", "http://one.example/desk"])
def test_two_towns_never_share_a_host_name_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    """Requests go by host name: one of the two would never be reached."""
    monkeypatch.setenv("ESCUCHA_TOWN_GETAFE_DESK_URL", "https://one.example")
    monkeypatch.setenv("ESCUCHA_TOWN_PARLA_DESK_URL", other)
    with pytest.raises(ConfigurationError, match="two towns must not share one"):
        towns_of(listed(tmp_path, "getafe", "parla"), Path("unused"))


def test_two_towns_never_share_a_folder_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_TOWN_GETAFE_PORTAL_FILES", "/srv/portal")
    monkeypatch.setenv("ESCUCHA_TOWN_PARLA_PORTAL_FILES", "/srv/other/../portal/")
    with pytest.raises(ConfigurationError, match="two towns must not share one"):
        towns_of(listed(tmp_path, "getafe", "parla"), Path("unused"))


def test_under_an_address_without_names_a_town_needs_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    house = HOUSE.model_copy(update={"desk_url": "http://10.0.0.5:8800"})
    with pytest.raises(ConfigurationError, match="set ESCUCHA_TOWN_GETAFE_DESK_URL"):
        settings_of(house, "getafe")
    monkeypatch.setenv("ESCUCHA_TOWN_GETAFE_DESK_URL", "https://getafe.example")
    assert settings_of(house, "getafe").desk_address == "https://getafe.example"


@pytest.mark.parametrize("url", ["postgresql://db", "postgresql://u:p@db:5432/", "db/escucha"])
def test_an_address_of_no_database_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^ESCUCHA_LEDGER_URL: with ESCUCHA_TOWNS, it names a database: postgresql://user@host/"):
        settings_of(HOUSE.model_copy(update={"ledger_url": url}), "getafe")


def test_a_town_with_its_own_ledger_needs_none_of_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_TOWN_GETAFE_LEDGER_URL", "sqlite:////safe/getafe.sqlite")
    assert settings_of(HOUSE.model_copy(update={"ledger_url": "sqlite:////x"}), "getafe").ledger == "sqlite:////safe/getafe.sqlite"


def test_a_missing_profile_is_left_to_its_turn(tmp_path: Path) -> None:
    settings = listed(tmp_path, "getafe", "parla")
    (tmp_path / "getafe.toml").unlink()
    assert [one.name for one in towns_of(settings, Path("unused"), missing_too=True)] == ["getafe", "parla"]


def test_a_profile_cannot_name_the_secret_of_another_town(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even by the same name: an address that is its own would get the key of another."""
    monkeypatch.setenv("ESCUCHA_ASSISTANT_KEY", "of-the-installation")
    monkeypatch.setenv("ESCUCHA_TOWN_PARLA_ASSISTANT_KEY", "of-parla")
    monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", f"whsec_{'A' * 32}")
    assistant = Assistant(url="https://llm.example", model="m", key="ESCUCHA_ASSISTANT_KEY")
    hook = Webhook(url="https://hook.example", secret="ESCUCHA_WEBHOOK_SECRET")  # noqa: S106
    getafe, parla = (settings_of(HOUSE, name).variables for name in ("getafe", "parla"))
    assert assistant.headers(parla) == {"Authorization": "Bearer of-parla"}
    assert assistant.headers(HOUSE.variables) == {"Authorization": "Bearer of-the-installation"}
    with pytest.raises(ConfigurationError, match="set ESCUCHA_TOWN_GETAFE_ASSISTANT_KEY in"):
        assistant.headers(getafe)
    with pytest.raises(ConfigurationError, match="set ESCUCHA_TOWN_GETAFE_WEBHOOK_SECRET in"):
        signing_keys(hook, getafe)
    assert signing_keys(hook, HOUSE.variables)
