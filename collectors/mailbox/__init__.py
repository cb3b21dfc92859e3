"""Collect e-mail from a mailbox of the council, without changing the mailbox.

Nothing is marked, moved or deleted. The password is the mailbox's own (or an app password). Microsoft 365 no longer accepts one, only
tokens that expire: forward such a mailbox to one that does. Messages are not public: only the desk's users see them, and no public
page quotes them.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from functools import partial

from pydantic import Field, SecretStr

from collectors.mailbox.client import ImapFolder, open_folder
from collectors.mailbox.message import parse_message
from collectors.paging.cursor import Cursor, Stored
from collectors.parsing import Item, envelopes, parse_record
from collectors.text import with_title
from core.config import plugins
from core.config.city import City
from core.config.source_options import SourceOptions
from core.imap import Security
from core.records import Json
from core.records.collection import Budget, Gap, Page
from core.records.post import Raw, Rejected

PAGE = 25
MAX_TRANSIT = timedelta(days=7)
"""A message dated earlier than this before its arrival has a wrong date."""


class Options(SourceOptions, source="mailbox"):
    """Declare `[sources.mailbox]`."""

    look_back: timedelta = Field(timedelta(days=7), gt=timedelta(0))
    """How far back the very first read goes, and one after the server renumbered its messages."""
    host: str = Field(min_length=1)
    """Name of the mail server."""
    port: int = Field(993, ge=1, le=65535)
    """Its port: 993 with `tls`, 143 with `starttls`."""
    security: Security = "tls"
    """`tls`, `starttls`, or `none` (only for a server on this machine: the password is sent unencrypted)."""
    user: str = Field(min_length=1)
    """Name under which the mailbox is opened."""
    folder: str = "INBOX"
    """Folder that is read."""
    own_domains: tuple[str, ...] = ()
    """Domains of the council's own addresses: what comes from there is marked as the city's own and never makes a case. Anybody can write
    any sender: name only domains whose messages your mail server checks (DMARC), or a citizen's message under such a name is no case.
    """
    max_bytes: int = Field(262_144, ge=4096)
    """So much of each message is fetched; its text comes before its attachments."""
    timeout_s: float = Field(20.0, gt=0, le=60)
    """Seconds to wait for the server."""


class Secrets(plugins.Secrets):
    """Require `ESCUCHA_MAILBOX_PASSWORD`."""

    mailbox_password: SecretStr
    """Password of the mailbox, or an app password."""


class MailboxCursor(Cursor):
    """Hold how far a folder was fetched."""

    validity: int | None = None
    """UIDVALIDITY of the folder; if it changes, all numbers are new."""
    uid: int = 0
    """UID of the last message fetched."""
    read_at: Stored | None = None
    """When it was fetched."""
    behind: bool = False
    """That run left messages for the next one: a gap is open."""


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield messages above the last UID, in the server's own order.

    If UIDVALIDITY changed, all of the last days. What a run did not reach is a gap of this folder, closed by the run that reaches its end.
    """
    saved = MailboxCursor.load(cursor, "mailbox")
    with _open(options, secrets) as folder:
        budget.spend(1)
        is_known = saved.validity == folder.validity
        uids = folder.after(saved.uid) if is_known else folder.since(_first_day(options, saved, budget))
        if not uids and saved.behind:  # the messages that an earlier run left were moved away before they were fetched
            yield Page(cursor=saved.model_copy(update={"behind": False}).as_json(), filled=(options.folder,))
        more = bool(uids) and budget.page()
        for first in range(0, len(uids), PAGE):
            if not more:
                return
            some, left = uids[first : first + PAGE], uids[first + PAGE :]
            found = _fetch_messages(folder, some, options, budget)
            more = bool(left) and budget.page()
            behind = Gap(stream=options.folder, newer_than=str(some[-1]), reason="page_cap")
            read = MailboxCursor(validity=folder.validity, uid=some[-1], read_at=budget.now, behind=bool(left))
            yield Page(
                raws=tuple(one for one in found if isinstance(one, Raw)),
                rejects=tuple(one for one in found if isinstance(one, Rejected)),
                cursor=read.as_json(),
                gap=behind if left and not more else None,
                filled=() if left else (options.folder,),
            )


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one message.

    Input: `{"item": {"uid", "size", "received", "mail": its bytes}, "place", "received_at", "own_domains"}`.
    """
    return parse_record("mailbox", raw_json, partial(_raw, raw_json))


def find_deleted(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Return no deletions.

    A sender cannot recall an e-mail, and staff delete messages for other reasons.
    """
    return {}


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Open the folder and count its messages."""
    with _open(options, secrets) as folder:
        return f"{folder.name} answers: {folder.message_count} messages in {options.folder}"


def _fetch_messages(folder: ImapFolder, uids: Sequence[int], options: Options, budget: Budget) -> list[Raw | Rejected]:
    budget.spend(1)
    items = folder.fetch(uids, options.max_bytes)
    records = envelopes(items, f"{options.folder} from {uids[0]}", budget.now)
    return [parse({**record, "own_domains": list(options.own_domains)}) for record in records]


def _open(options: Options, secrets: Secrets) -> AbstractContextManager[ImapFolder]:
    password = secrets.mailbox_password.get_secret_value()
    address = (options.host, options.port, options.security)
    return open_folder(*address, options.user, password, options.folder, options.timeout_s)


def _first_day(options: Options, saved: MailboxCursor, budget: Budget) -> date:
    """Return the first day to search.

    A day earlier than necessary, because the server counts days in its own time zone.
    """
    last = saved.read_at or budget.now
    return (last - options.look_back - timedelta(days=1)).date()


def _raw(raw_json: Json, item: Item, received_at: datetime) -> Raw:
    content = item["mail"].encode("latin-1")
    parsed = parse_message(content, cut=int(item["size"]) > len(content))
    came_in = datetime.fromisoformat(item["received"]).astimezone(UTC)
    sent = parsed.sent_at
    # its own date may be anything; the arrival time is the server's
    is_sound = sent is not None and came_in - MAX_TRANSIT <= sent <= came_in
    return Raw(
        source="mailbox",
        native_id=parsed.unique_id,
        text=with_title(parsed.subject, parsed.text),
        created_at=min(sent if is_sound and sent else came_in, received_at),
        received_at=received_at,
        author_id=parsed.address or None,
        handle=parsed.name or None,
        own=_is_in_domain(parsed.address, raw_json.get("own_domains")),
        kind="reply" if parsed.references else "post",
        # replies refer to Message-IDs only: a conversation is identified by that of its first message
        thread_id=parsed.references[0] if parsed.references else parsed.message_id,
        reply_to=parsed.references[-1] if parsed.references else None,
    )


def _is_in_domain(address: str, domains: object) -> bool:
    domain = address.rpartition("@")[2]
    known = [str(one).lower() for one in domains] if isinstance(domains, list) else []
    return any(domain == one or domain.endswith(f".{one}") for one in known)
