"""Write the reports and mail each once to every recipient.

The mails are rows of the outbox. An address that is refused makes no run fail: the outbox says why.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic, sleep

from core.errors import ChangeRefusedError, EscuchaError, UnavailableError
from core.runtime.locks import lock_of
from ledger import leases, read, report_remarks as remarks
from pipeline.context import Context, now, worker
from pipeline.outbox.sending import send
from pipeline.report_mails import ReportMails, to_correct
from pipeline.subscriptions.sending import send_subscriptions
from reports import retract_quotes as quotes
from reports.build.asked import Asked, due_at
from reports.build.waiting import LONGEST_WAIT, waits
from reports.publish import NUMBERS, Rendered, chosen, is_whole, unread_posts, write_asked, write_open_data, write_report
from reports.renew import provisional, renew

log = logging.getLogger("escucha")
WRITE_LEASE = timedelta(minutes=10)
"""The most time the files of one report may take; a killed run holds them no longer."""
WAIT_S = 20.0
"""How long a report waits for another process that writes the same one."""
LONGEST_REMARK = 4_000


def report(context: Context, name: str | None = None) -> dict[str, int]:
    """Write one report of the profile, or all, and mail each once.

    They cover the last complete period. The open data is refreshed too. Files are overwritten, a mail is not sent twice. Without a name
    the mails of subscriptions are sent too.

    A report waits while posts of its days are not read yet, and so does the open data: `waiting` counts such reports, which come with a
    later run. Three hours after it was due it is written all the same, and its first line says how many posts are missing; it is written
    again when they are read, and mailed again, as corrected, to those who got the provisional one.

    Raises:
        EscuchaError: at the end, when the mail server does not answer; what is left waits for the next run.
    """
    total: Counter[str] = Counter(written=0)
    failed: list[str] = []
    mailed: list[Rendered] = []
    for one, options in chosen(context.city, name).items():
        if not _is_ready(context, one, total):
            continue
        with _writing(context, one):
            rendered = write_report(context.city, context.settings, context.ledger, one, now(), _off(context))
        total["written"] += len(rendered)
        for file in rendered:
            log.info("report: %s", file.pdf)
        if context.settings.smtp_url is None:
            log.info("report %s: written, not mailed: ESCUCHA_SMTP_URL is not set", one)
        elif options.to:
            mailed += rendered
    total["renewed"] = _renew(context)
    failed += _mail(context, mailed, total)
    if retracted := retract_quotes(context):
        total["withdrawn"] = retracted
    if not total["waiting"]:
        write_open_data(context.city, context.settings, context.ledger, now())
    if name is None:
        try:
            total.update({count: n for count, n in send_subscriptions(context).items() if n})
        except EscuchaError as error:
            failed.append(str(error))
    if failed:
        raise EscuchaError("; ".join(dict.fromkeys(failed)))
    return {count: n for count, n in total.items() if n or count not in ("waiting", "renewed")}


def _is_ready(context: Context, name: str, total: Counter[str]) -> bool:
    """Tell whether a report is written now; count one that waits.

    A report on disk that misses nothing is kept: written over posts that came later, it would be worse.
    """
    at = now()
    unread, due = unread_posts(context.city, context.ledger, name, at), due_at(context.city, name, at)
    if waits(unread, due, at):
        log.warning(
            "report %s: %s posts of its days are not read yet: it waits for them, until %s UTC at most",
            name,
            f"{unread:,}",
            f"{due + LONGEST_WAIT:%Y-%m-%d %H:%M}",
        )
        total["waiting"] += 1
        return False
    if unread and is_whole(context.city, context.settings, name, at):
        log.info("report %s: kept as it is while %s posts of its days are not read yet", name, f"{unread:,}")
        return False
    return True


def renew_provisional(context: Context) -> dict[str, int]:
    """Write reports again whose missing posts have been read.

    They are mailed, as corrected, to the people who have them as provisional.

    Raises:
        EscuchaError: the mail server does not answer; what is left waits for the next run.
    """
    total = Counter(renewed=_renew(context))
    if failed := _mail(context, [], total):
        raise EscuchaError("; ".join(failed))
    return {count: n for count, n in total.items() if n or count == "renewed"}


def _renew(context: Context) -> int:
    """Write reports again whose missing posts have been read; return how many."""
    written = 0
    for folder in provisional(context.settings):
        with _writing(context, folder.parent.name):
            written += renew(context.city, context.settings, context.ledger, folder, now(), _off(context))
    return written


def _corrected(context: Context, new: Sequence[Rendered]) -> list[Rendered]:
    """Write reports again that people have as provisional, if whole now.

    Those that are `new` in this run are written already.
    """
    found: list[Rendered] = []
    for name, interval in sorted(to_correct(context) - {(one.name, one.interval_key) for one in new}):
        folder = context.settings.home / "reports" / name / interval
        if (folder / NUMBERS).exists():
            with _writing(context, name):
                numbers = quotes.numbers_in(folder)
                if not numbers.waiting:
                    found += quotes.write_again(context.city, context.settings, context.ledger, folder, numbers, now())
    return found


def report_asked(context: Context, asked: Asked, languages: Sequence[str]) -> dict[str, int]:
    """Write one report that is in no profile; it is not mailed.

    Raises:
        ConfigurationError: what is asked for does not exist, or has not ended yet.
        UnavailableError: another process is writing the same report.
    """
    with _writing(context, asked.name):
        rendered = write_asked(context.city, context.settings, context.ledger, asked, languages, now(), _off(context))
    for file in rendered:
        log.info("report: %s", file.page)
    return {"written": len(rendered)}


def set_remark(context: Context, name: str, interval: str, text: str, language: str, who: str, seen: int) -> None:
    """Store a person's remark on a report and write its files again.

    Args:
        context: of the desk.
        name: of the report.
        interval: key of its interval.
        text: the remark; empty takes it back.
        language: of the text.
        who: the user.
        seen: version that the person saw.

    Raises:
        StaleError: another person changed the remark meanwhile.
        ChangeRefusedError: the text is too long.
        UnavailableError: another process is writing the report.
    """
    if len(text) > LONGEST_REMARK:
        raise ChangeRefusedError("A remark has at most {most} characters: put a longer text into a separate document.", most=LONGEST_REMARK)
    folder = context.settings.home / "reports" / name / interval
    with _writing(context, name):
        remarks.set_remark(context.ledger, name, interval, text, language, who, seen, now())
        quotes.rewrite(context.city, context.settings, context.ledger, folder, now())


def _off(context: Context) -> dict[str, list[str]]:
    """Return the configured sources that are off, with their missing variables."""
    return {source.name: source.missing for source in context.sources.values() if source.off and not source.switched_off}


@contextmanager
def _writing(context: Context, name: str) -> Iterator[None]:
    """Hold the files of a report, so that no writers mix.

    A lease keeps other processes out, a lock the other threads of this one.

    Raises:
        UnavailableError: another writer did not end in time.
    """
    lease, deadline = f"write report {name}", monotonic() + WAIT_S
    message = "Another process is writing this report: wait until it has ended, then try again."
    in_process = lock_of("report", context.ledger.ledger_id)
    if not in_process.acquire(timeout=WAIT_S):
        raise UnavailableError(message)
    try:
        while not leases.hold(context.ledger, lease, worker(), now(), WRITE_LEASE):
            if monotonic() > deadline:
                raise UnavailableError(message)
            sleep(0.2)
        try:
            yield
        finally:
            leases.release(context.ledger, lease, worker())
    finally:
        in_process.release()


def retract_quotes(context: Context) -> int:
    """Remove quotes of forgotten or erased posts from the reports on disk.

    Returns how many reports were written again.
    """
    return quotes.retract_quotes(context.city, context.settings, context.ledger, now())


def _mail(context: Context, new: Sequence[Rendered], total: Counter[str]) -> list[str]:
    """Mail new and corrected reports; return what failed.

    In one run of the outbox: a corrected one that waits is not taken for an earlier report that is not wanted any more.
    """
    corrected = [] if context.settings.smtp_url is None else _corrected(context, new)
    if not new and not corrected:
        return []
    mails = ReportMails(new, corrected)
    before = mails.sent_before(context)
    run = send(context, mails)
    total["mailed"] += run.counts["sent"]
    total["sent before"] += before
    left = read.outbox_left(context.ledger, mails.KIND).waiting
    return [] if run.away is None else [f"{run.away} ({left} mails are left for the next run)"]
