"""A neighbour posts a complaint on Bluesky's own servers, and Airflow's schedule makes the council's case of it: `make test-bluesky`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.privacy.pseudonyms import post_id
from tests.support import running
from tests.support.bluesky_network import ADDRESS, Person, arrived, needs_network
from tests.support.deployment import NOTICE, ROOT, TEXTS, escucha

pytestmark = [pytest.mark.slow, needs_network, pytest.mark.timeout(900)]

SALT = "a salt for tests, 32 bytes long."
PROFILE = """
name = "Madrid"
handles = ["@MADRID"]
gazetteer_folder = "{gazetteer}"
{notice}
[questions.relevance]
names = ["Madrid"]
[sources.bluesky]
base_url = "{network}"
queries = ["{word}"]
[triage]
act = 0.6
review = 0.3
[[departments]]
name = "Limpieza y residuos"
topics = ["waste_cleaning"]
[[departments]]
name = "Atención a la ciudadanía"
topics = ["other"]
[contact_centre]
system = "casebook"
"""


@pytest.fixture
def council() -> Iterator[Person]:
    """The account that searches for the council."""
    with arrived() as somebody:
        yield somebody


@pytest.fixture
def neighbour() -> Iterator[Person]:
    with arrived() as somebody:
        yield somebody


@pytest.fixture
def context(tmp_path: Path, council: Person, neighbour: Person) -> Iterator[running.House]:
    """Never started before; its one source is the running network, where it listens for the neighbour's own word."""
    profile = tmp_path / "city.toml"
    told = {"gazetteer": ROOT / "cities" / "madrid", "notice": NOTICE, "network": ADDRESS, "word": neighbour.word}
    profile.write_text(PROFILE.format(**told), encoding="utf-8")
    made = running.make(tmp_path, profile)
    made.env |= {"ESCUCHA_BLUESKY_HANDLE": council.handle, "ESCUCHA_BLUESKY_APP_PASSWORD": council.app_password()}
    made.env |= {"ESCUCHA_SALT": SALT}
    yield made
    running.end(made)


def cases(context: running.House) -> list[dict[str, Any]]:
    return [json.loads(line) for line in escucha("export", "cases", env=context.env).stdout.splitlines()]


def test_a_live_post_becomes_one_case_through_the_schedule(context: running.House, neighbour: Person) -> None:
    context.start()
    context.wait(context.listening, 240)
    assert context.counts("bluesky") == {"stored": 0, "updated": 0, "classified": 0}

    said = neighbour.say(f"{TEXTS[0]} Madrid #{neighbour.word}", f"Qué bonito está Madrid hoy. #{neighbour.word}")
    neighbour.until_shown(said)
    for _ in range(2):  # the second finds the same posts again, and must open nothing twice
        context.run_dag("escucha_collect_bluesky", 200)
        context.run_dag("escucha_process", 200)

    assert context.counts("bluesky") == {"stored": 2, "updated": 0, "classified": 2}
    (case,) = cases(context)
    assert case["posts"] == [post_id(SALT.encode(), "bluesky", said[0])]
    assert (case["state"], case["department"], case["replay"]) == ("new", "Limpieza y residuos", False)
    verify = escucha("verify", env=context.env, check=False)
    assert verify.returncode == 0, verify.stdout.decode()
    assert (context.stop()[0], context.left()) == (0, [])
