"""Provide the network and the profile of the whole loop.

Bluesky's own servers where `.ci/bluesky-network` started them, else snac.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support import bluesky_network
from tests.support.deployment import NOTICE, ROOT
from tests.support.snac_server import town

COMPLAINTS = (
    "Llevan tres semanas sin recoger los contenedores de la calle de Alcalá 200 de Madrid, huele fatal y hay ratas.",
    "La farola de la plaza de Lavapiés de Madrid lleva un mes fundida, no se ve nada por la noche.",
    "Hay un socavón enorme en la calle de Embajadores 45 de Madrid, casi se cae una señora mayor.",
    "El carril bici de la calle Santa Engracia de Madrid está lleno de coches aparcados todos los días.",
    "Hay un árbol caído en la calle de Bravo Murillo 120 de Madrid que corta toda la acera.",
)
PRAISE = "Qué bonito está Madrid hoy."
PROFILE = """
name = "Madrid"
handles = ["{handle}"]
gazetteer_folder = "{gazetteer}"
{notice}
[questions.relevance]
names = ["Madrid"]
{source}
[triage]
act = 0.6
review = 0.3
[[departments]]
name = "Atención a la ciudadanía"
topics = ["other"]
[answers]
send = true
[contact_centre]
system = "rt"
[contact_centre.options]
url = "{tickets}"
queue = "Redes sociales"
requestor = "buzon@ayto.test"
"""


@dataclass
class Square:
    """Hold a network on which a citizen talks and the council answers."""

    name: str
    source: str
    """`[sources.NAME]` of the profile."""
    handle: str
    environment: dict[str, str]
    tag: str
    """What a text must contain to be collected."""
    shown: str
    """What the ledger keeps of it."""
    say: Callable[[Sequence[str]], list[str]]
    """Lets neighbours publish, each one text; returns the native ids.

    Several complaints of one author within minutes would become one case.
    """
    answered: Callable[[], list[tuple[str, str]]]
    """Returns the council's answers as everybody sees them: the post's native id and the text."""
    wait_until_shown: Callable[[], object] = lambda: None
    """Waits until a search finds what the council said."""

    def profile(self, folder: Path, tickets: str) -> Path:
        path = folder / "city.toml"
        gazetteer = ROOT / "cities" / "madrid"
        filled = PROFILE.format(handle=self.handle, gazetteer=gazetteer, notice=NOTICE, source=self.source, tickets=tickets)
        path.write_text(filled, encoding="utf-8")
        return path


@contextmanager
def square(folder: Path) -> Iterator[Square]:
    """Start the network."""
    with on_bluesky() if bluesky_network.ADDRESS else on_snac(folder) as found:
        yield found


@contextmanager
def on_snac(folder: Path) -> Iterator[Square]:
    with town(folder / "snac") as place:
        yield Square(
            name="mastodon",
            source=f'[sources.mastodon]\nservers = ["{place.url}"]\nhashtags = ["madrid"]\nreply_visibility = "public"',
            handle=place.council_handle,
            environment={"ESCUCHA_MASTODON_REPLY_SERVER": place.url, "ESCUCHA_MASTODON_REPLY_TOKEN": place.council_token},
            tag="#madrid",
            shown="#madrid",
            say=place.say_as_neighbours,
            answered=lambda: sorted(place.answers().elements()),
        )


@contextmanager
def on_bluesky() -> Iterator[Square]:
    from tests.support.fault_answers import records_of

    with ExitStack() as stack:
        neighbours = [stack.enter_context(bluesky_network.arrived()) for _ in (*COMPLAINTS, PRAISE)]
        council, word = stack.enter_context(bluesky_network.arrived()), neighbours[0].word

        def say(texts: Sequence[str]) -> list[str]:
            uris = [uri for one, text in zip(neighbours, texts, strict=True) for uri in one.say(text)]
            for uri in uris:
                council.until_shown([uri])
            return uris

        yield Square(
            name="bluesky",
            source=f'[sources.bluesky]\nbase_url = "{bluesky_network.ADDRESS}"\nqueries = ["{word}"]',
            handle=f"@{council.handle}",
            environment={"ESCUCHA_BLUESKY_HANDLE": council.handle, "ESCUCHA_BLUESKY_APP_PASSWORD": council.app_password()},
            tag=f"https://{word}.test/",  # stored as `http`: a rare word in all of them would make one incident of them
            shown="http",
            say=say,
            answered=lambda: sorted(records_of(council).elements()),
            wait_until_shown=council.until_own_are_shown,
        )


def resolve(staff: httpx.Client, ticket: str, status: str) -> None:
    """Set the status of a ticket, as staff do in Request Tracker."""
    answer = staff.put(f"ticket/{ticket}", json={"Status": status})
    assert answer.status_code == 200, answer.text
