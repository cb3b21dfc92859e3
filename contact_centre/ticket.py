"""Write the text of tickets and notes, cleaned of control characters.

All outside systems share it. Cleaning removes what could trick a mail program or a terminal.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from urllib.parse import quote

from core.config.city import City
from core.errors import RefusedError
from core.i18n.display_names import display_name, display_points
from core.i18n.translate import translator
from core.privacy.intake import MAX_CHARACTERS
from core.records.case import Case
from core.records.post import Post
from core.text import BIDI, NO_CHARACTERS, sanitise, shorten

SUBJECT = 200
"""Characters; the subject column of Request Tracker holds no more, others hold less than they say."""
POSTS = 50
POST = 2_000
"""A ticket or note quotes this many posts, of this many characters each; the desk shows all of them, whole."""

_plain = partial(sanitise, remove=BIDI | {"\ufeff"}, categories=NO_CHARACTERS, layout="lines")
"""Return the text without what could deceive a mail program or a terminal; line breaks and joined emoji stay."""


def subject(case: Case) -> str:
    """Write the subject: one line, without control characters."""
    return shorten(one_line(case.title) or case.key, SUBJECT - 1)


def body(city: City, case: Case, posts: Sequence[Post], desk_url: str) -> str:
    """Write the text of a new ticket, in the city's first language.

    What, where, by when, why, and the redacted posts.

    Raises:
        RefusedError: a post is longer than any network allows.
    """
    _ = translator(_language(city), "contact_centre")
    facts = [
        (_("Case"), case.key),
        (_("Department"), _department(city, case)),
        (_("Service"), _service_line(city, case, _)),
        (_("Place"), case.place),
        (_("District"), case.district),
        (_("Neighbourhood"), case.barrio),
        (_("Answer due"), _due(city, case)),
        (_("Priority"), _priority(city, case, _)),
        (_("Why a case"), case.reason),
        (_("All about it, on the desk"), case_address(desk_url, case)),
    ]
    lines = [subject(case), "", *(f"{name}: {one_line(value)}" for name, value in facts if value), ""]
    if case.replay:
        lines += [_("Replayed from an archive: these messages are not new."), ""]
    lines += [_("What citizens wrote (names, numbers and links taken out):"), "", *_quoted(city, posts, _), ""]
    lines += [
        _("Escucha opened this ticket automatically. Answer and close it here as usual; if it is a mistake, reject it."),
        _("New messages about the same thing arrive as comments. Escucha never writes to the requestor."),
    ]
    return "\n".join(lines)


def note(city: City, case: Case, posts: Sequence[Post]) -> str:
    """Write the text of a note: the posts that joined the case.

    Raises:
        RefusedError: a post is longer than any network allows.
    """
    _ = translator(_language(city), "contact_centre")
    head = _("New messages about the same thing: {new}. This case now has {all} (case {key}, priority {priority} of 5).")
    counts = {"new": len(posts), "all": len(case.post_ids), "key": case.key, "priority": case.priority}
    return "\n".join([head.format(**counts), "", *_quoted(city, posts, _)])


def merge_note(city: City, into: str, reference: str | None) -> str:
    """Write the note of a ticket whose case was merged."""
    _ = translator(_language(city), "contact_centre")
    if reference is None:
        return _("Merged on the desk: this is worked as case {key}. This ticket is closed.").format(key=into)
    text = _("Merged on the desk: this is worked in ticket {reference} (case {key}). This ticket is closed.")
    return text.format(reference=reference, key=into)


def unmerge_note(city: City, case: Case) -> str:
    """Write the note of a ticket whose case is no longer merged."""
    _ = translator(_language(city), "contact_centre")
    return _("The merge was undone on the desk: case {key} is worked in this ticket again.").format(key=case.key)


def service_note(city: City, case: Case) -> str:
    """Write the note of a ticket whose case got another service."""
    _ = translator(_language(city), "contact_centre")
    said = _("The service of case {key} was chosen on the desk: {service}. Department: {department}. Answer due: {due}.")
    facts = {"key": case.key, "service": _service_line(city, case, _), "department": _department(city, case)}
    return said.format(**facts, due=_due(city, case))


def case_address(desk_url: str, case: Case) -> str:
    """Build the address of the case's page on the desk."""
    return f"{desk_url.rstrip('/')}/cases/{quote(case.key, safe=':._-')}"


def service(city: City, case: Case) -> str:
    """Name the case's topic in the city's first language."""
    return display_name("topic", case.topic, _language(city))


def _department(city: City, case: Case) -> str:
    return city.display_name("department", case.department, _language(city))


def _service_line(city: City, case: Case, _: Callable[[str], str]) -> str:
    """Name the topic, with what it may be while that is uncertain."""
    name = service(city, case)
    if case.topic_guess in (None, case.topic):
        return name
    guess = display_name("topic", case.topic_guess, _language(city))
    return _("{service} (uncertain; most likely {guess})").format(service=name, guess=guess)


def one_line(text: str) -> str:
    """Sanitise a text and join its lines with spaces.

    >>> one_line("Contenedores\\r\\nBcc: x@example.org")
    'Contenedores Bcc: x@example.org'
    """
    return " ".join(_plain(text).split())


def _priority(city: City, case: Case, _: Callable[[str], str]) -> str:
    """Name the priority with the points that it is made of."""
    text = _("{priority} of 5").format(priority=case.priority)
    points = "; ".join(display_points(case.priority_points, _language(city)))
    return f"{text} ({points})" if points else text


def _language(city: City) -> str:
    return (*city.languages, "en")[0]


def _quoted(city: City, posts: Sequence[Post], _: Callable[[str], str]) -> list[str]:
    """Quote each post under its time and channel.

    Every line is marked with `>`, so that no post can imitate our own text.
    """
    lines = []
    for post in posts[:POSTS]:
        if len(post.text) > MAX_CHARACTERS:
            raise RefusedError(
                f"post {post.post_id} has {len(post.text)} characters, more than any network allows ({MAX_CHARACTERS}): "
                "look at it on the desk and erase it"
            )
        text = cut(_plain(post.text), POST)
        lines += [f"{_moment(post.created_at, city)}, {post.source}:", *(f"> {line}" for line in text.split("\n")), ""]
    if len(posts) > POSTS:
        lines.append(_("... and {more} more: see the desk.").format(more=len(posts) - POSTS))
    return lines


def _due(city: City, case: Case) -> str:
    return f"{_moment(case.due_at, city)} ({city.timezone})"


def _moment(moment: datetime, city: City) -> str:
    return f"{moment.astimezone(city.zone):%Y-%m-%d %H:%M}"


def cut(text: str, limit: int) -> str:
    """Shorten a text to `limit` characters, ending in three dots."""
    return text if len(text) <= limit else text[: limit - 3].rstrip() + "..."
