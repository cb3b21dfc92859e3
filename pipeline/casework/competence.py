"""Name the bodies that may be competent, and detect emergencies."""

from collections.abc import Sequence

from core.config.bodies import Body, load_bodies
from core.records import Record
from pipeline.context import Context
from triage.competence import is_emergency, suggested_body


class Competence(Record):
    """Hold what staff are shown about the competence for a case."""

    bodies: tuple[Body, ...]
    suggested: Body | None
    emergency: bool


def competence(context: Context, texts: Sequence[str]) -> Competence:
    """Return the bodies of the city, with the suggested one.

    Also tells whether the posts read like an emergency.
    """
    found = load_bodies(context.city)
    return Competence(bodies=found.bodies, suggested=suggested_body(found, texts), emergency=is_emergency(found, texts))
