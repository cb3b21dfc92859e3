"""The operator of an installation, and no other person, sees the state of every town."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from core.config.settings import Settings
from core.config.towns import ServedTown, towns_of
from core.runtime.turns import turn
from desk.all_towns import create_app
from pipeline import all_steps
from pipeline.context import open_context
from search.connection.engine import stop_embedded
from tests.support.province import WORDS, write_town

PASSWORD = "a password of the operator"  # noqa: S105
HERE, FAR = ("127.0.0.1", 50000), ("192.0.2.7", 50000)
House = tuple[Settings, list[ServedTown]]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    listed = ",".join(str(write_town(folder, town, word=f"{town}ense")) for town in (*WORDS, "pinto"))
    settings = Settings(home=folder / "home", towns=listed, salt=SecretStr("of the installation"))
    towns = list(towns_of(settings, Path("unused")))
    here, there, _ = towns
    with open_context(here.profile, here.settings) as context:
        all_steps.run(context)
    with pytest.raises(KeyboardInterrupt), turn(here.settings.home, "classify", 1):
        raise KeyboardInterrupt
    with open_context(there.profile, there.settings):
        pass
    (there.settings.home / "ledger.sqlite").write_bytes(b"SQLite format 3\0" + b"damage" * 2_000)
    yield settings, towns
    stop_embedded(settings)


def ask(house: House, host: str = "escucha.example", client: tuple[str, int] = FAR, password: str = "", **headers: str) -> tuple[int, str]:
    browser = TestClient(create_app(*house), base_url=f"https://{host}", client=client)
    answer = browser.get("/", headers={"accept-language": "es", **headers}, auth=("any", password) if password else None)
    return answer.status_code, answer.text


def here(house: House) -> tuple[int, str]:
    return ask(house, "127.0.0.1", HERE)


def test_all_that_an_operator_needs_is_in_the_row_of_each_town(house: House) -> None:
    status, text = here(house)
    assert status == 200
    getafe, parla, pinto = text.split("<tr>")[2:]
    assert "http://getafe.localhost:8800/sources" in getafe
    assert "SQLite" in getafe
    assert "El paso classify tardó más que el turno del municipio" in getafe
    assert "no se puede abrir" in parla
    assert "damaged" in parla
    assert "no ledger" in pinto
    assert "read by no town: ESCUCHA_SALT" in text
    assert "Tareas que fallan, en Airflow" in text


def test_it_has_nothing_of_a_post(house: House) -> None:
    assert "getafense" not in here(house)[1]


def test_it_answers_this_machine_alone_or_who_has_the_password(house: House) -> None:
    settings, towns = house
    status, text = ask(house)
    assert (status, "ESCUCHA_OPERATOR_PASSWORD" in text, "Getafe" in text) == (403, True, False)
    short = settings.model_copy(update={"operator_password": SecretStr("short")}), towns
    assert ask(short, password="short")[0] == 403  # noqa: S106
    closed = settings.model_copy(update={"operator_password": SecretStr(PASSWORD)}), towns
    assert here(closed)[0] == 401
    assert ask(closed, password=f"{PASSWORD}s")[0] == 401
    assert ask(closed, authorization="Basic ///")[0] == 401
    assert ask(closed, password=PASSWORD)[0] == 200


def test_a_password_is_asked_for_over_https_alone(house: House) -> None:
    settings, towns = house
    app = create_app(settings.model_copy(update={"operator_password": SecretStr(PASSWORD)}), towns)
    plain = TestClient(app, base_url="http://escucha.example", client=FAR)
    assert plain.get("/", auth=("any", PASSWORD)).status_code == 403
    assert plain.get("/alive").text == "alive\n"
