"""Make floods of posts: sock puppets, copies, one service only."""

import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PUPPET = "{a} un socavón {b} en la calle de Toledo 85, {c} avisando al Ayuntamiento y {d} a {e}, un día se mata {f}{g}"
WORDS: dict[str, tuple[str, ...]] = {
    "a": ("Hay", "Tenemos", "Sigue habiendo"),
    "b": ("enorme", "gigante", "tremendo", "grande", "peligroso"),
    "c": ("llevo semanas", "llevamos meses", "van días"),
    "d": ("nadie viene", "ni uno viene", "ninguno se acerca"),
    "e": ("arreglarlo", "taparlo", "repararlo"),
    "f": ("alguien", "un vecino", "un motorista"),
    "g": ("", " !!", ", qué vergüenza", " #Madrid", " @MADRID"),
}
"""What the owner of the puppets changes from one post to the next."""
COPIED = "Exigimos que cierren ya la planta de residuos de la calle de Embajadores 190: huele fatal y no hay quien duerma."
OTHERS = (
    "La farola de la plaza de Lavapiés lleva un mes fundida, no se ve nada por la noche.",
    "El carril bici de la calle Santa Engracia está lleno de coches aparcados todos los días.",
    "El césped del parque del Oeste está seco y nadie riega los parterres desde el verano.",
)
"""Single reports on other services."""
RUBBISH = (
    "Basura fuera de los contenedores",
    "El contenedor de orgánica rebosa",
    "Llevan días sin recoger las bolsas",
    "Han dejado colchones y un sofá",
    "La papelera está reventada y todo por el suelo",
    "Cartones amontonados junto al contenedor",
)
SINCE = ("Así desde el lunes", "Toda la semana igual", "Ya avisé hace tres días", "Cada fin de semana lo mismo")
ENDS = ("a ver si pasan de una vez.", "huele fatal.", "hay ratas por la noche.", "no se puede ni pasar con el carrito.")
STREETS = (
    "Bravo Murillo",
    "Serrano",
    "Goya",
    "Atocha",
    "Toledo",
    "Fuencarral",
    "Hortaleza",
    "Velázquez",
    "Princesa",
    "Mayor",
    "Arenal",
    "Segovia",
    "Embajadores",
    "Ferraz",
    "Narváez",
)


def puppets(count: int) -> Iterator[dict[str, Any]]:
    """Yield posts of many accounts about one invented problem."""
    dice = random.Random(1)  # noqa: S311
    for n in range(count):
        text = PUPPET.format(**{name: dice.choice(some) for name, some in WORDS.items()})
        yield _line(f"puppet-{n}", text, n)


def copied(count: int) -> Iterator[dict[str, Any]]:
    """Yield one text, posted by as many accounts."""
    return (_line(f"copy-{n}", COPIED, n) for n in range(count))


def on_one_service(count: int) -> Iterator[dict[str, Any]]:
    """Yield different reports on one service, each about another address."""
    dice = random.Random(2)  # noqa: S311
    for n in range(count):
        what, since, end = (dice.choice(some) for some in (RUBBISH, SINCE, ENDS))
        text = f"{what} en la calle {STREETS[n % len(STREETS)]} {1 + 7 * n}. {since}, {end}"
        yield _line(f"rubbish-{n}", text, n)


def others(first: int = 10) -> Iterator[dict[str, Any]]:
    """Yield reports on other services, after `first` posts of the flood."""
    return (_line(f"other-{n}", text, first + n) for n, text in enumerate(OTHERS))


def write(path: Path, *floods: Iterable[dict[str, Any]]) -> Path:
    """Write the posts of floods into a file that `collectors.archive` loads."""
    lines = [json.dumps(one, ensure_ascii=False) for flood in floods for one in flood]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _line(name: str, text: str, n: int) -> dict[str, Any]:
    at = START + timedelta(seconds=7 * n)
    return {"id": name, "text": text, "author": f"account-{name}", "created_at": at.isoformat()}
