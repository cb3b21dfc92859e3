"""Write the profiles and posts of towns that one installation serves.

Every text of a town has a word that is nowhere else: found in what another town shows, it is a leak.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from pipeline.context import now
from tests.support.deployment import ROOT

WORDS = {"getafe": "xilofonista", "parla": "zanquilargo"}
TEXTS = (
    "La farola de la plaza de Lavapiés lleva un mes fundida, dice el {word}",
    "Llevan tres semanas sin recoger los contenedores de la calle de Alcalá 200, lo ve el {word}",
    "Enhorabuena por el festival, {word}",
    "¿Cuándo abre la biblioteca los sábados? Pregunta un {word}",
)
PROFILE = """
name = "{name}"
handles = ["@{town}"]
languages = ["es"]
gazetteer_folder = "{root}/cities/madrid"
[notice]
controller = "Ayuntamiento de {name}"
contact = "a@{town}.example"
data_protection_officer = "d@{town}.example"
[questions.relevance]
names = ["{name}", "Lavapiés", "calle de Alcalá"]
[sources.archive]
files = ["{folder}/{town}.jsonl"]
[sources.inbox]
[triage]
act = 0.3
review = 0.1
[[departments]]
name = "Oficina de {name}"
topics = ["other"]
[reports.weekly]
schedule = "0 7 * * MON"
"""


def write_town(folder: Path, town: str, texts: Sequence[str] = TEXTS, word: str = "") -> Path:
    """Write posts and profile of a town; return the profile."""
    moment = now()
    posts = (
        {
            "id": f"{at}",
            "text": text.format(word=word or WORDS[town]),
            "created_at": f"{moment - timedelta(hours=at + 1):%Y-%m-%dT%H:%M:%SZ}",
        }
        for at, text in enumerate(texts)
    )
    (folder / f"{town}.jsonl").write_text("".join(json.dumps(post) + "\n" for post in posts), encoding="utf-8")
    path = folder / f"{town}.toml"
    path.write_text(PROFILE.format(name=town.capitalize(), town=town, root=ROOT, folder=folder), encoding="utf-8")
    return path
