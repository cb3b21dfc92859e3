"""Show an answer as its network will show it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from starlette.datastructures import FormData
from starlette.requests import Request

from core.errors import ChangeRefusedError
from core.privacy.intake import is_blank
from core.records.answer import PORTAL, check_text
from core.records.answer_length import LINK, LONGEST_MENTION, answers_on, length_on, limit_of
from core.records.read_models import PostRecord
from core.text import BIDI, ZERO_WIDTH, sanitise
from desk.rendering import explain_error
from desk.state import Desk
from ledger import read
from pipeline.casework.answering.answers import WrittenAnswer, text_as_sent
from pipeline.casework.answering.languages import base
from pipeline.casework.answering.macros import Also

OTHER, MAIN = "text.", "main."
"""Fields of the form for one language each: its text, and that its citizens get the main one."""


class OtherText(NamedTuple):
    """Hold the answer to those who write in another language."""

    text: str
    main: bool
    """They get the main answer, which a person decided."""


@dataclass(frozen=True)
class TypedAnswer:
    """Hold the answer form as it was typed."""

    text: str
    post_ids: tuple[str, ...]
    template: str
    language: str
    asks: bool
    asks_solved: bool
    acknowledges: bool = False
    any_language: bool = False
    """It goes on purpose also to those who write in another language."""
    also: Also = field(default_factory=Also)
    """What its template does beside it, as the person left it."""
    assisted: bool = False
    """The text was drafted by the assistant, and perhaps changed since."""
    others: Mapping[str, OtherText] = field(default_factory=dict)
    """The answer in each other language of the recipients."""


@dataclass(frozen=True)
class Preview:
    """Show an answer on one network."""

    channel: str
    language: str
    shown: str
    length: int
    limit: int
    recipients: tuple[PostRecord, ...]
    sends: bool
    """False: it is copied or published by hand."""
    refusal: str
    """Why it cannot be kept, in the language of the reader; empty: it can."""
    mention: str
    """`none`, `fits`, or `may be too long` with the mention that the network needs before the text."""

    @property
    def left(self) -> int:
        """Return how many characters are left; less than zero: too many."""
        return self.limit - self.length


def typed_answer(form: FormData, post_ids: Sequence[str]) -> TypedAnswer:
    """Return what was typed into the answer form."""
    text = str(form.get("text", "")).replace("\r\n", "\n")
    return TypedAnswer(
        text,
        tuple(post_ids),
        str(form.get("template", "")),
        str(form.get("language", "")),
        asks=bool(form.get("asks")),
        asks_solved=bool(form.get("asks_solved")),
        acknowledges=bool(form.get("acknowledges")),
        any_language=bool(form.get("any_language")),
        also=typed_also(form),
        assisted=bool(form.get("assisted")),
        others={
            name.removeprefix(OTHER): OtherText(str(value).replace("\r\n", "\n"), bool(form.get(MAIN + name.removeprefix(OTHER))))
            for name, value in form.items()
            if name.startswith(OTHER)
        },
    )


def written(typed: TypedAnswer, posts: Iterable[PostRecord]) -> list[WrittenAnswer]:
    """Give each post the text of its language, as the form says.

    A post in a language without a text gets the main one.
    """
    chosen: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for post in posts:
        language = base(post.language)
        other = None if language == base(typed.language) else typed.others.get(language)
        if other is None or other.main or (typed.any_language and is_blank(other.text)):
            key = (typed.text, typed.language, typed.any_language or other is not None)
        else:
            key = (other.text, language, False)
        chosen[key].append(post.post_id)
    return [WrittenAnswer(text, language, tuple(ids), purpose) for (text, language, purpose), ids in chosen.items()]


def typed_also(form: FormData) -> Also:
    """Return what the answer form does beside its answer."""
    return Also(*(str(form.get(name, "")).strip() for name in ("becomes", "department", "note")))


def previews(request: Request, typed: TypedAnswer, posts: Sequence[PostRecord], asks_solved: bool = False) -> list[Preview]:
    """Return one preview for each network of the chosen posts.

    Each shows the text as it is sent.

    Args:
        request: the request.
        typed: the form.
        posts: those of the form.
        asks_solved: the answer ends with the question whether the problem is solved.
    """
    desk: Desk = request.app.state.desk
    chosen: dict[tuple[str, str, str], list[PostRecord]] = defaultdict(list)
    of_portal = read.posts_with_receipt(desk.context.ledger, typed.post_ids)
    recipients = {post.post_id: post for post in posts if post.post_id in typed.post_ids and not post.own}
    for one in written(typed, recipients.values()):
        text = text_as_sent(desk.context, one.text, one.language, asks_solved).strip()
        for post_id in one.post_ids:
            channel = PORTAL if post_id in of_portal else recipients[post_id].source
            chosen[one.language, channel, text].append(recipients[post_id])
    return [
        _preview(channel, language, text, tuple(found), channel in desk.sending_channels, partial(explain_error, request))
        for (language, channel, text), found in sorted(chosen.items())
    ]


def _preview(
    channel: str, language: str, text: str, recipients: tuple[PostRecord, ...], sends: bool, explain: Callable[[ChangeRefusedError], str]
) -> Preview:
    length, limit, refusal = length_on(channel, text), limit_of(channel), ""
    try:
        check_text(channel, text)
    except ChangeRefusedError as error:
        refusal = explain(error)
    mention = "none"
    if answers_on(channel).counted == "mentions":
        mention = "fits" if length + LONGEST_MENTION <= limit else "may be too long"
    return Preview(channel, language, shown_on(channel, text), length, limit, recipients, sends, refusal, mention)


def shown_on(channel: str, text: str) -> str:
    """Return a text as the network shows it to readers.

    >>> shown_on("x", "Lea https://www.villa.es/portales/ciudadania/es/inicio")
    'Lea villa.es/portales/ciudadani…'
    """
    visible = sanitise(text, remove=BIDI | ZERO_WIDTH)
    longest = answers_on(channel).links_shown
    return visible if longest is None else LINK.sub(lambda found: _short_link(found[0], longest), visible)


def _short_link(link: str, longest: int) -> str:
    bare = link.partition("://")[2].removeprefix("www.")
    return bare if len(bare) <= longest else f"{bare[:longest]}…"


def runs_needed(found: Sequence[Preview], max_per_run: int) -> int:
    """Return how many runs the sent answers take; 0: none is sent.

    >>> runs_needed([], 20)
    0
    """
    return -(-sum(_counts(found)) // max_per_run)


def _counts(found: Sequence[Preview]) -> Iterator[int]:
    yield from (len(one.recipients) for one in found if one.sends and not one.refusal)
