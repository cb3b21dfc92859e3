"""A mailbox of the council: what citizens write to it by e-mail, read without marking, moving or deleting anything.

The password is the mailbox's own (or an app password). Microsoft 365 takes none any more, only tokens that expire: forward such a
mailbox to one that does. Letters are not public: what the desk shows of them its users see, and no public page quotes a post.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from functools import partial

from pydantic import Field, SecretStr

from collectors.mailbox.client import ImapFolder, Security, open_folder
from collectors.mailbox.message import parse_message
from collectors.paging.cursor import Cursor, Stored
from collectors.parsing import Item, envelopes, parse_record
from collectors.text import with_title
from core.collection import Budget, Gap, Page
from core.config import plugins
from core.config.city import City
from core.config.source_options import SourceOptions
from core.post import Raw, Rejected
from core.records import Json

PAGE = 25
LONGEST_WAY = timedelta(days=7)
"""A letter dated earlier than this before it came in was dated wrongly."""


class Options(SourceOptions, source="mailbox"):
    """`[sources.mailbox]`."""

    look_back: timedelta = Field(timedelta(days=7), gt=timedelta(0))
    """How far back the very first read goes, and one after the server numbered its letters anew."""
    host: str = Field(min_length=1)
    """Name of the mail server."""
    port: int = Field(993, ge=1, le=65535)
    """Its port: 993 with `tls`, 143 with `starttls`."""
    security: Security = "tls"
    """`tls`, `starttls`, or `none` (only for a server on this machine: the password goes over the line as it is)."""
    user: str = Field(min_length=1)
    """Name under which the mailbox is opened."""
    folder: str = "INBOX"
    """Folder that is read."""
    own_domains: tuple[str, ...] = ()
    """Domains of the council's own addresses: what comes from there is marked as the city's own and never makes a case. Anybody can write
    any sender: name only domains whose letters your mail server checks (DMARC), or a citizen's letter under such a name is no case."""
    max_bytes: int = Field(262_144, ge=4096)
    """So much of each letter is fetched; its words stand before its attachments."""
    timeout_s: float = Field(20.0, gt=0, le=60)
    """Seconds to wait for the server."""


class Secrets(plugins.Secrets):
    """`ESCUCHA_MAILBOX_PASSWORD`."""

    mailbox_password: SecretStr


class MailboxCursor(Cursor):
    """How far a folder was read."""

    validity: int | None = None
    """The server's mark of this numbering (UIDVALIDITY); with another one all numbers are new."""
    uid: int = 0
    """Number of the last letter read."""
    read_at: Stored | None = None
    """When it was read."""
    behind: bool = False
    """Letters of that run were left for the next one: a gap is open."""


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Letters above the last number read, in the server's own order; all of the last days when it counts anew.

    What a run did not come to is a gap of this folder, closed by the run that comes to its end.
    """
    saved = MailboxCursor.load(cursor, "mailbox")
    with _opened(options, secrets) as line:
        budget.spend(1)
        is_known = saved.validity == line.validity
        uids = line.after(saved.uid) if is_known else line.since(_first_day(options, saved, budget))
        if not uids and saved.behind:  # what an earlier run left was moved away before it was read
            yield Page(cursor=saved.model_copy(update={"behind": False}).as_json(), filled=(options.folder,))
        more = bool(uids) and budget.page()
        for first in range(0, len(uids), PAGE):
            if not more:
                return
            some, left = uids[first : first + PAGE], uids[first + PAGE :]
            found = _letters(line, some, options, budget)
            more = bool(left) and budget.page()
            behind = Gap(stream=options.folder, newer_than=str(some[-1]), reason="page_cap")
            read = MailboxCursor(validity=line.validity, uid=some[-1], read_at=budget.now, behind=bool(left))
            yield Page(
                raws=tuple(one for one in found if isinstance(one, Raw)),
                rejects=tuple(one for one in found if isinstance(one, Rejected)),
                cursor=read.as_json(),
                gap=behind if left and not more else None,
                filled=() if left else (options.folder,),
            )


def parse(raw_json: Json) -> Raw | Rejected:
    """One letter: `{"item": {"uid", "size", "received", "mail": its bytes}, "place", "received_at", "own_domains"}`."""
    return parse_record("mailbox", raw_json, partial(_raw, raw_json))


def gone(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Nothing: nobody can take a letter back, and staff tidy their mailbox for other reasons."""
    return {}


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Opens the folder and counts its letters."""
    with _opened(options, secrets) as line:
        return f"{line.name} answers: {line.letters} letters in {options.folder}"


def _letters(line: ImapFolder, uids: Sequence[int], options: Options, budget: Budget) -> list[Raw | Rejected]:
    budget.spend(1)
    items = line.letters_of(uids, options.max_bytes)
    records = envelopes(items, f"{options.folder} from {uids[0]}", budget.now)
    return [parse({**record, "own_domains": list(options.own_domains)}) for record in records]


def _opened(options: Options, secrets: Secrets) -> AbstractContextManager[ImapFolder]:
    password = secrets.mailbox_password.get_secret_value()
    address = (options.host, options.port, options.security)
    return open_folder(*address, options.user, password, options.folder, options.timeout_s)


def _first_day(options: Options, saved: MailboxCursor, budget: Budget) -> date:
    """A day earlier than it must be: the server counts days in a zone of its own."""
    last = saved.read_at or budget.now
    return (last - options.look_back - timedelta(days=1)).date()


def _raw(raw_json: Json, item: Item, received_at: datetime) -> Raw:
    content = item["mail"].encode("latin-1")
    letter = parse_message(content, cut=int(item["size"]) > len(content))
    came_in = datetime.fromisoformat(item["received"]).astimezone(UTC)
    sent = letter.sent_at
    # its own date may be anything; when it came in, the server knows
    is_sound = sent is not None and came_in - LONGEST_WAY <= sent <= came_in
    return Raw(
        source="mailbox",
        native_id=letter.own_id,
        text=with_title(letter.subject, letter.words),
        created_at=min(sent if is_sound and sent else came_in, received_at),
        received_at=received_at,
        author_id=letter.address or None,
        handle=letter.name or None,
        own=_is_of(letter.address, raw_json.get("own_domains")),
        kind="reply" if letter.answers else "post",
        # answers name letters by their Message-ID alone: conversations are known by that of their first letter
        thread_id=letter.answers[0] if letter.answers else letter.message_id,
        reply_to=letter.answers[-1] if letter.answers else None,
    )


def _is_of(address: str, domains: object) -> bool:
    domain = address.rpartition("@")[2]
    known = [str(one).lower() for one in domains] if isinstance(domains, list) else []
    return any(domain == one or domain.endswith(f".{one}") for one in known)
