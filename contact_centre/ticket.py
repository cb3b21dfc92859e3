"""What a ticket says: the same plain words in every outside system, cleaned of what could trick a mail program or a screen."""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import quote

from core.case import Case
from core.config.city import City
from core.errors import RefusedError
from core.i18n.display_names import display_name
from core.i18n.translate import translator
from core.post import Post
from core.privacy.intake import MAX_CHARACTERS

SUBJECT = 200
"""Characters; the subject column of Request Tracker holds no more, others hold less than they say."""
POSTS = 50
POST = 2_000
"""So many posts, of so many characters each, stand in a ticket or note; the desk has all of them, whole."""

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")
"""Invisible signs that can turn a line around; the joiner inside an emoji (U+200D) is not one of them."""


def subject(case: Case) -> str:
    """One line, without control characters."""
    return _cut(one_line(case.title) or case.key, SUBJECT)


def body(city: City, case: Case, posts: Sequence[Post], desk_url: str) -> str:
    """The text of a new ticket: what, where, by when, why, and what was written, in the city's first language.

    Raises:
        RefusedError: a text is longer than anybody can write on a network.
    """
    _ = translator(_language(city), "contact_centre")
    due = f"{_moment(case.due_at, city)} ({city.timezone})"
    facts = [
        (_("Case"), case.key),
        (_("Department"), case.department),
        (_("Service"), service(city, case)),
        (_("Place"), case.place),
        (_("District"), case.district),
        (_("Neighbourhood"), case.barrio),
        (_("Answer due"), due),
        (_("Priority"), _("{priority} of 5").format(priority=case.priority)),
        (_("Why a case"), case.reason),
        (_("All about it, on the desk"), case_address(desk_url, case)),
    ]
    lines = [subject(case), "", *(f"{name}: {one_line(value)}" for name, value in facts if value), ""]
    if case.replay:
        lines += [_("Replayed from an archive: these messages are not new."), ""]
    lines += [_("What citizens wrote (names, numbers and links taken out):"), "", *_quoted(city, posts, _), ""]
    lines += [
        _(
            "Escucha opened this ticket automatically. Answer and close it here as usual; if it is a mistake, reject it."
        ),
        _("New messages about the same thing arrive as comments. Escucha never writes to the requestor."),
    ]
    return "\n".join(lines)


def note(city: City, case: Case, posts: Sequence[Post]) -> str:
    """The text of a note: the posts that joined the case.

    Raises:
        RefusedError: a text is longer than anybody can write on a network.
    """
    _ = translator(_language(city), "contact_centre")
    head = _(
        "New messages about the same thing: {new}. This case now has {all} (case {key}, priority {priority} of 5)."
    )
    counts = {"new": len(posts), "all": len(case.post_ids), "key": case.key, "priority": case.priority}
    return "\n".join([head.format(**counts), "", *_quoted(city, posts, _)])


def case_address(desk_url: str, case: Case) -> str:
    """The page of the case on the desk."""
    return f"{desk_url.rstrip('/')}/cases/{quote(case.key, safe=':._-')}"


def service(city: City, case: Case) -> str:
    """The name of the case's topic, in the city's first language."""
    return display_name("topic", case.topic, _language(city))


def one_line(text: str) -> str:
    """Plain, and all on one line."""
    return " ".join(sanitise(text).split())


def sanitise(text: str) -> str:
    """Without control characters, signs that turn a line around, and halves of characters; line breaks stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(" " if c == "\t" else c for c in text if c in "\n\t" or _is_printable(c))


def _language(city: City) -> str:
    return (*city.languages, "en")[0]


def _is_printable(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs", "Cn") and character not in _BIDI


def _quoted(city: City, posts: Sequence[Post], _: Callable[[str], str]) -> list[str]:
    """Each post under its time and channel; every line is marked, so that no post can pass for our words."""
    lines = []
    for post in posts[:POSTS]:
        if len(post.text) > MAX_CHARACTERS:
            raise RefusedError(
                f"post {post.post_id} has {len(post.text)} characters, more than any network allows ({MAX_CHARACTERS}): "
                "look at it on the desk and erase it"
            )
        text = _cut(sanitise(post.text), POST)
        lines += [f"{_moment(post.created_at, city)}, {post.source}:", *(f"> {line}" for line in text.split("\n")), ""]
    if len(posts) > POSTS:
        lines.append(_("... and {more} more: see the desk.").format(more=len(posts) - POSTS))
    return lines


def _moment(moment: datetime, city: City) -> str:
    return f"{moment.astimezone(city.zone):%Y-%m-%d %H:%M}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3].rstrip() + "..."
