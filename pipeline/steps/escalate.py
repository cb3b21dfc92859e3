"""Mail teams, leads and watchers about cases that need them.

Each item is mailed once for each case. A team gets a mail when a new post reopens one of its cases, and when 50 and 80 per
cent of the answer time have passed; its lead gets one at 100 per cent. While a citizen was asked back, no answer time
passes. Watchers of a case are mailed what others changed on it. One mail a recipient and run lists all cases. It runs after
`follow`, whose news may close a case.
"""

import logging
import smtplib
from collections import defaultdict
from contextlib import ExitStack
from datetime import timedelta

from contact_centre.webhooks.outcome import ATTEMPTS, pause_after
from core.config.city import Department
from core.errors import EscuchaError
from core.records.case import WAITING
from core.records.read_models import CaseRecord
from core.runtime.failpoints import failpoint
from core.smtp import RecipientRefusedError, hand_over, open_connection
from ledger import leases, read
from ledger.delivery import case_mails
from ledger.delivery.case_mails import CaseMail, Item
from pipeline.casework.mails import compose
from pipeline.context import Context, now, worker
from triage.urgency.escalation import LEAD_LEVELS, TEAM_LEVELS, levels_reached, paused_time, share_passed

log = logging.getLogger("escucha")
LEASE_NAME = "mail cases"
LEASE = timedelta(minutes=10)
"""The most time one mail may take; the lease is renewed before each."""


def escalate(context: Context) -> dict[str, int]:
    """Mail what is due about waiting cases.

    Raises:
        EscuchaError: at the end, when a mail could not be sent; the next run sends it.
    """
    has_addresses = any(one.mail or one.lead_mail for one in context.city.departments)
    if not has_addresses and not any(one.mail for one in read.users(context.ledger)):
        return {"mailed": 0}
    if context.settings.smtp_url is None:
        log.info("escalate: nothing is mailed: ESCUCHA_SMTP_URL is not set")
        return {"mailed": 0}
    if not leases.hold(context.ledger, LEASE_NAME, worker(), now(), LEASE):
        log.info("escalate: another process is mailing")
        return {"mailed": 0}
    try:
        for audience, items in sorted(_due(context).items()):
            case_mails.claim(context.ledger, audience, items, now())
        failpoint("escalate.claimed")
        return {"mailed": _send_all(context, case_mails.unfinished(context.ledger, now()))}
    finally:
        leases.release(context.ledger, LEASE_NAME, worker())


def _due(context: Context) -> dict[str, list[Item]]:
    """Return what is not mailed yet, by audience."""
    before = case_mails.claimed(context.ledger, sorted(WAITING))
    teams = {one.name: one for one in context.city.departments}
    reopened, asked = dict(read.reopened_by_posts(context.ledger)), read.askings(context.ledger)
    found: dict[str, list[Item]] = defaultdict(list)
    for case in read.case_records(context.ledger, waiting_only=True, replay=False, example=False):
        department = teams.get(case.department)
        if department is None:
            continue
        for audience, what in _about(
            department,
            _share(context, case, asked.get(case.case_key, [])),
            reopened.get(case.case_key),
        ):
            if (case.case_key, what) not in before:
                found[audience].append((case.case_key, what))
    for case_key, who, revision in read.watched_changes(context.ledger):
        found[f"user {who}"].append((case_key, f"changed {revision} {who}"))
    return found


def _share(context: Context, case: CaseRecord, asked: list[read.Asking]) -> float:
    waits = paused_time(context.city, [(one.asked_at, one.replied_at) for one in asked], now())
    return share_passed(context.city, case.opened_at, case.due_at, now(), waits)


def _about(department: Department, share: float, reopened: int | None) -> list[tuple[str, str]]:
    """Return the items due for a case: pairs of audience and item."""
    reached = levels_reached(share)
    found: list[tuple[str, str]] = []
    if department.mail:
        found += [(f"team {department.name}", str(level)) for level in reached if level in TEAM_LEVELS]
        found += [(f"team {department.name}", f"reopened {reopened}")] if reopened is not None else []
    if department.lead_mail:
        found += [(f"lead {department.name}", str(level)) for level in reached if level in LEAD_LEVELS]
    return found


def _address_of(context: Context, audience: str) -> str | None:
    """Return the address of an audience by the current profile."""
    kind, _, name = audience.partition(" ")
    if kind == "user":
        user = read.user(context.ledger, name)
        return None if user is None or user.disabled else user.mail
    department = next((one for one in context.city.departments if one.name == name), None)
    if department is None:
        return None
    return department.mail if kind == "team" else department.lead_mail


def _send_all(context: Context, mails: list[CaseMail]) -> int:
    """Send mails over one connection; return how many were sent.

    An address that the server refuses makes no run fail: `escucha status` names it.

    Raises:
        EscuchaError: some could not be sent; they are kept for the next run.
    """
    wanted: list[tuple[CaseMail, str]] = []
    for mail in mails:
        to = _address_of(context, mail.audience)
        if to is None:  # no address in the profile any more: mailed when there is one
            case_mails.release(context.ledger, mail.batch)
        else:
            wanted.append((mail, to))
    if not wanted:
        return 0
    with ExitStack() as closing:
        try:
            server = closing.enter_context(open_connection(context.settings.smtp_url))
        except EscuchaError:  # nothing was sent: what is due is worked out again by the next run
            for mail, _to in wanted:
                case_mails.release(context.ledger, mail.batch)
            raise
        sent, failed = 0, list[str]()
        for mail, to in wanted:
            if not leases.hold(context.ledger, LEASE_NAME, worker(), now(), LEASE):
                log.info("escalate: another process is mailing")
                break
            try:
                sent += _send(context, server, mail, to)
            except EscuchaError as error:  # kept for the next run; the others are sent
                failed.append(str(error))
    if failed:
        raise EscuchaError("; ".join(dict.fromkeys(failed)))
    return sent


def _send(context: Context, server: smtplib.SMTP, mail: CaseMail, to: str) -> bool:
    """Send one mail; False: its address was refused.

    It is tried again later, up to ATTEMPTS times.
    """
    try:
        hand_over(server, compose(context, mail, to))
    except RecipientRefusedError as error:
        log.warning("escalate: %s: correct the address of %s", error, mail.audience)
        last = mail.refusals + 1 >= ATTEMPTS
        again = None if last else now() + pause_after(mail.refusals + 1, 0.5)
        case_mails.mark_refused(context.ledger, mail.batch, again, str(error).replace(to, "[address]"))
        return False
    failpoint("escalate.sent")
    case_mails.mark_mailed(context.ledger, mail.batch, now())
    return True
