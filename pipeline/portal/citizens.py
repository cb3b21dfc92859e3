"""Take what citizens do on the portal.

Reports, contacts, which service, "not fixed", "I see it too".

The secret of a receipt is derived from its number with the salt, and so is the link that confirms or ends mails: neither is
stored, so a copy of the ledger opens no receipt.
"""

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from core.errors import UnavailableError
from core.privacy.pseudonyms import contact_hash, encrypt_contact, keyed_hash
from core.records.case import OPEN
from core.records.kind import DEFAULT_KIND
from core.working_hours import due_at
from gazetteer.names import folded_words
from ledger import read
from ledger.answers.votes import Reply, store_vote
from ledger.citizens import contacts
from ledger.citizens.following import follow_case
from ledger.citizens.receipts import store_receipt
from ledger.citizens.services import CITIZEN, TopicOutcome, store_said_topic
from ledger.citizens.sightings import store_sighting
from pipeline.casework.fields import vote_soon
from pipeline.casework.services import service_questions
from pipeline.context import Context, now
from pipeline.portal.at_once import decide_at_once
from pipeline.steps.receive import receive, received_id
from triage.topics import NO_TOPIC

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter can be taken for a digit."""
DIGITS, KEY_DIGITS = 10, 8
TRIES = 5
PORTAL = "portal"
"""Sender of reports made with the form, and key of the answer that a vote on the portal belongs to."""
UNSURE = NO_TOPIC
"""Answer to "Which service?" of a citizen who does not know, or means none of those offered."""


def store_report(context: Context, item: Mapping[str, Any], follows: str | None = None) -> str | None:
    """Store a report; return the number of its receipt.

    It becomes a post of the inbox.

    The same report sent again gets the same number; None: it was not accepted.

    Args:
        context: the running context.
        item: an inbox post.
        follows: key of the case that its citizen says it belongs to; closed meanwhile, the report opens another case.

    Raises:
        UnavailableError: the inbox is busy.
    """
    (receipt,) = receive(context, [dict(item)])
    post_id = received_id(context, item)
    if receipt.result == "rejected" or post_id is None:
        return None
    if follows is not None:
        follow_case(context.ledger, post_id, follows, now())
    number = give_number(context, post_id)
    if follows is not None or item.get("service"):
        decide_at_once(context, post_id)
    return number


def give_number(context: Context, post_id: str) -> str:
    """Return the number of a stored report, always the same.

    Raises:
        UnavailableError: the inbox is busy.
    """
    for attempt in range(TRIES):
        number = store_receipt(context.ledger, post_id, _number(context.salt, f"{post_id} {attempt}"), now())
        if number is not None:
            return number
    raise UnavailableError("no number is free for this receipt: send the report again")


def reporter(context: Context, address: str, place: str, point: tuple[float, float] | None) -> str | None:
    """Return whom a report of the form counts for; None: for itself.

    A receipt is a person, but the reports of one network address in one hour about one place are of one: who sends a form again and again
    makes no crowd. Only a keyed hash of the three is kept, so that nothing tells an address, nor that two hours had the same. An address
    of this machine or of a private network is that of a proxy or of a whole office: it tells nothing.

    Args:
        context: the open context.
        address: `core.web.client_address.caller` of the client.
        place: the words for the place; house numbers do not count, since one person may report a whole street.
        point: latitude and longitude on the map; about a kilometre counts as one place.
    """
    try:
        if not ipaddress.ip_network(address).is_global:
            return None
    except ValueError:
        return None
    street = " ".join(word for word in folded_words(place) if not word[:1].isdigit())
    where = street if point is None else f"{point[0]:.2f} {point[1]:.2f}"
    return keyed_hash(context.salt, "reporter", f"{address} {now():%Y-%m-%dT%H} {where}")


def secret_of(context: Context, number: str) -> str:
    """Return the key of a receipt.

    Eight signs that can be read aloud. With the number that is 90 bits; the pages admit few tries a minute.
    """
    return _signs(keyed_hash(context.salt, "receipt key", number), KEY_DIGITS)


class Expected(NamedTuple):
    """Hold what to expect of a report that has no case."""

    topic: str
    department: str
    due_at: datetime


def expected(context: Context, receipt: read.Receipt) -> Expected | None:
    """Return service, department and due date of a report without a case.

    They follow from the service that its citizen chose. None: it chose none, or nothing is to be done.
    """
    if receipt.decision not in ("untriaged", "in_review") or receipt.case_key is not None:
        return None
    post = read.post_of(context.ledger, receipt.post_id)
    if post is None or post.service is None:
        return None
    city = context.city
    department = city.department_of(DEFAULT_KIND, post.service)
    due = due_at(city, post.received_at, city.answer_within(DEFAULT_KIND, department))
    return Expected(post.service, department.name, due)


def find_receipt(context: Context, number: str, secret: str) -> read.Receipt | None:
    """Return a receipt for its number and secret.

    None when either is wrong.
    """
    tidy = tidy_number(number)
    of_before = keyed_hash(context.salt, "receipt secret", tidy)[:20]  # in links of mails that were sent until December 2026
    is_key = hmac.compare_digest(secret_of(context, tidy).encode(), tidy_number(secret).encode())
    is_old_key = hmac.compare_digest(of_before.encode(), secret.strip().lower().encode())
    if not (is_key or is_old_key):
        return None
    return read.receipt(context.ledger, tidy)


def store_contact(context: Context, number: str, address: str, language: str) -> None:
    """Store the address given with a report; the first mail confirms it."""
    contacts.store_contact(
        context.ledger, number, encrypt_contact(context.salt, address), contact_hash(context.salt, address), language, now()
    )


def mails_link(context: Context, contact: read.Contact) -> str:
    """Return the address of the page that confirms or ends the mails."""
    mark = _mails_mark(context.salt, contact)
    return f"{context.settings.portal_address}/mails/{contact.number}/{mark}"


def find_contact(context: Context, number: str, mark: str) -> read.Contact | None:
    """Return the contact of such a link.

    None: the link is wrong or old.
    """
    found = read.contact(context.ledger, number=tidy_number(number))
    if found is None or not hmac.compare_digest(_mails_mark(context.salt, found).encode(), mark.encode()):
        return None
    return found


def _mails_mark(salt: bytes, contact: read.Contact) -> str:
    return keyed_hash(salt, "mails link", f"{contact.number} {contact.address_hash}")


def confirm_contact(context: Context, contact: read.Contact) -> None:
    """Confirm the address: from now on each change is mailed."""
    contacts.confirm_contact(context.ledger, contact.number, now())


def end_mails(context: Context, contact: read.Contact) -> None:
    """Erase the address of a report: nothing is mailed any more."""
    contacts.erase_contact(context.ledger, contact.number, now())


def tidy_number(text: str) -> str:
    """Return a receipt number as stored, however it was typed.

    >>> tidy_number("7k3d-9fol-2q")
    '7K3D9F012Q'
    """
    read_as = str.maketrans({"O": "0", "I": "1", "L": "1"})
    return "".join(sign for sign in text.upper() if sign.isalnum()).translate(read_as)[: 2 * DIGITS]


def shown_number(number: str) -> str:
    """Format a receipt number in groups of four.

    >>> shown_number("7K3D9F012Q")
    '7K3D-9F01-2Q'
    """
    return "-".join(number[at : at + 4] for at in range(0, len(number), 4))


def vote(context: Context, receipt: read.Receipt, solved: bool) -> bool:
    """Store whether a citizen says that the problem is solved.

    "Not solved" reopens a case that was closed within `[triage] reopen_days`. Returns False when the citizen said the same before.
    """
    if receipt.case_key is None:
        return False
    reply = Reply(post_id=receipt.post_id, answer_key=f"{PORTAL} {receipt.number}", case_key=receipt.case_key, at=now(), in_case=True)
    return store_vote(context.ledger, reply, solved, now(), timedelta(days=context.city.triage.reopen_days))


def services_to_ask(context: Context, receipt: read.Receipt) -> tuple[str, ...]:
    """Return the likeliest services of a report whose case asks for it.

    Empty: nothing is asked. The citizen answered before, or the case is closed or has a topic. Hidden topics are not offered.
    """
    case_key = receipt.case_key
    if case_key is None or receipt.said_topic is not None:
        return ()
    case, question = read.case_record(context.ledger, case_key), service_questions(context, [case_key]).get(case_key)
    work = read.case_work(context.ledger, case_key)
    if case is None or work is None or question is None or case.state not in OPEN:
        return ()
    if any(one.what == "topic" for one in work.changes):  # staff took an answer back: the question is theirs
        return ()
    return tuple(one for one in question.topics if one != UNSURE and one not in context.city.open311.hidden)


def say_service(context: Context, receipt: read.Receipt, topic: str) -> TopicOutcome:
    """Store which service a citizen says that the report is about.

    The department of its case follows. What staff decided is never changed; after UNSURE they are still asked.
    """
    if receipt.case_key is None:
        return "decided"
    decides = topic != UNSURE
    outcome = store_said_topic(context.ledger, receipt.number, receipt.case_key, topic, now(), decides=decides)
    if outcome == "taken":
        vote_soon(context, receipt.case_key, f"{PORTAL} {receipt.number}", f"topic set by {CITIZEN}")
    return outcome


def new_browser() -> str:
    """Return a random value by which a browser is counted once."""
    return secrets.token_hex(16)


def see_too(context: Context, case_key: str, browser: str) -> bool:
    """Count a browser that sees the same problem; False: no open case."""
    return store_sighting(context.ledger, case_key, keyed_hash(context.salt, "sighting", browser), now())


def _number(salt: bytes, text: str) -> str:
    return _signs(keyed_hash(salt, "receipt", text), DIGITS)


def _signs(hashed: str, count: int) -> str:
    value = int(hashed, 16)
    return "".join(ALPHABET[(value >> (5 * at)) & 31] for at in range(count))
