"""Create a small deployment for tests.

A profile with a few posts, an empty home, and the real `escucha` command.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.fork_server import fork_server, own_environment

ROOT = Path(__file__).resolve().parents[2]
TEXTS = (
    "Llevan tres semanas sin recoger los contenedores de la calle de Alcalá 200, huele fatal y hay ratas.",
    "Los contenedores de la calle de Alcalá 200 siguen sin recoger y hay ratas por todas partes.",
    "La farola de la plaza de Lavapiés lleva un mes fundida, no se ve nada por la noche.",
    "Enhorabuena por el festival de este año, ha sido precioso.",
    "¿Cuándo abre la biblioteca de Usera los sábados?",
    "Hay un socavón enorme en la calle de Embajadores 45, casi se cae una señora mayor.",
    "Qué bonito está Madrid hoy.",
    "El carril bici de la calle Santa Engracia está lleno de coches aparcados todos los días.",
)

NOTICE = """[notice]
controller = "Ayuntamiento"
contact = "a@example.org"
data_protection_officer = "d@example.org"
"""
"""Who is answerable: no profile is complete without."""

PROFILE = (
    """
name = "Madrid"
handles = ["@MADRID"]
gazetteer_folder = "{gazetteer}"
"""
    + NOTICE
    + """[questions.relevance]
names = ["Madrid"]
[sources.archive]
files = ["{posts}"]
{archive}
[triage]
act = {act}
review = {review}
[[departments]]
name = "Atención a la ciudadanía"
topics = ["other"]
[contact_centre]
system = "casebook"
[reports.weekly]
schedule = "0 7 * * MON"
"""
)


def write_posts(path: Path, count: int) -> None:
    """Write `count` posts, minutes apart, with the texts above in turn."""
    lines = (
        {
            "id": str(n),
            "text": f"{TEXTS[n % len(TEXTS)]} ({n})",
            "created_at": f"2026-11-{1 + n // 1440 % 20:02d}T{n // 60 % 24:02d}:{n % 60:02d}:00Z",
        }
        for n in range(count)
    )
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def write_profile(folder: Path, posts: Path, act: float = 0.6, review: float = 0.3, archive: str = "") -> Path:
    """Write a profile that collects this one file."""
    path = folder / "city.toml"
    gazetteer = ROOT / "cities" / "madrid"
    path.write_text(PROFILE.format(gazetteer=gazetteer, posts=posts, act=act, review=review, archive=archive), encoding="utf-8")
    return path


def environment(home: Path, profile: Path, **more: str) -> dict[str, str]:
    """Return an environment without the developer's own settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ESCUCHA_")}
    return kept | {"ESCUCHA_HOME": str(home), "ESCUCHA_CITY": str(profile)} | more


def escucha(*arguments: str, env: dict[str, str], check: bool = True, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a user would, in its own process."""
    if own_environment(env) == fork_server().base:
        done = fork_server().run(arguments, env, stdin or b"")
    else:  # LD_PRELOAD or another clock: a fork would not have it
        command = [sys.executable, "-m", "escucha.cli", *arguments]
        done = subprocess.run(command, env=env, cwd=ROOT, input=stdin, capture_output=True, timeout=900)
    if check and done.returncode != 0:
        raise AssertionError(f"escucha {' '.join(arguments)}: exit {done.returncode}\n{done.stderr.decode()}")
    return done
