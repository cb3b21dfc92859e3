"""Make posts and a city for the tests of nlp."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.config.city import City, load_city
from core.privacy.redaction.text import redact
from core.records.post import Post

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
TEXTS = (
    "Hay un bache enorme en la calle Alcalá 200, lleva así un mes y ya se ha caído una moto. ¿Cuándo lo arreglan?",
    "Gracias al servicio de limpieza por dejar la plaza Mayor impecable después de las fiestas, ¡enhorabuena!",
    "¿A qué hora abre la biblioteca de Vallecas los sábados?",
    "Propongo plantar más árboles en el paseo de la Castellana para dar sombra en verano.",
    "Concierto gratuito mañana a las 20:00 en el auditorio del parque Juan Carlos I http",
    "jajaja qué bueno",
    "Los contenedores de la calle Fuencarral rebosan desde el lunes y huele fatal @user",
    "Els carrers són bruts i ningú no fa res",
    "The buses are late every single morning and nobody answers the phone",
    "👏👏👏",
    "No funciona la farola de Bravo Murillo 33 desde hace dos semanas",
    "De acuerdo con el comentario anterior. " * 60,
)


def madrid(**questions: dict[str, Any]) -> City:
    """Return the example city with other tables of questions."""
    city = load_city(ROOT / "cities" / "madrid.toml")
    return city.model_copy(update={"questions": {**city.questions, **questions}})


def post(number: int, text: str, **known: Any) -> Post:
    """Make a post of this text, redacted as `core.privacy.pseudonymise` does."""
    return Post(
        post_id=f"{number:032}", source="x", text=redact(text, keep=("@MADRID", "@Lineamadrid")), created_at=NOW, received_at=NOW, **known
    )


def posts(texts: tuple[str, ...] = TEXTS) -> list[Post]:
    """Make one post for each text."""
    return [post(number, text) for number, text in enumerate(texts)]
