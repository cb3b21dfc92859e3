"""Write the reports and mail each once to every recipient.

One process at a time mails a report (a named lease of the ledger). It claims a mail, hands it over, and records that the server took
it. A kill between the last two cannot be told from one before: the next run sends the mail again, with the same Message-ID, by which
mail programs show it once. So a mail may arrive twice after a power cut, and is never lost without an error.
"""

import logging
import smtplib
from collections import Counter
from datetime import timedelta

from core.errors import EscuchaError
from core.runtime.failpoints import failpoint
from core.smtp import hand_over, open_connection
from ledger import leases
from ledger.delivery import sent_reports
from pipeline.context import Context, now, worker
from pipeline.subscriptions.sending import send_subscriptions
from reports import retract_quotes as quotes
from reports.output.email import compose
from reports.publish import Rendered, chosen, write_open_data, write_report

log = logging.getLogger("escucha")
MAIL_LEASE = timedelta(minutes=10)
"""The most time one mail may take; the lease is renewed before each."""


def report(context: Context, name: str | None = None) -> dict[str, int]:
    """Write one report, or all, and mail each once.

    Without a name the mails of subscriptions are sent too.

    They cover the last closed period. The open data is refreshed too. Files are overwritten, a mail is not sent twice.

    Raises:
        EscuchaError: at the end, when a mail could not be sent; the others were.
    """
    total: Counter[str] = Counter(written=0)
    failed: list[str] = []
    off = {source.name: source.missing for source in context.sources.values() if source.off and not source.switched_off}
    for one, options in chosen(context.city, name).items():
        rendered = write_report(context.city, context.settings, context.ledger, one, now(), off)
        total["written"] += len(rendered)
        for file in rendered:
            log.info("report: %s", file.pdf)
        if context.settings.smtp_url is None:
            log.info("report %s: written, not mailed: ESCUCHA_SMTP_URL is not set", one)
        elif options.to:
            failed += _mail_all(context, one, rendered, options.to, total)
    if retracted := retract_quotes(context):
        total["withdrawn"] = retracted
    write_open_data(context.city, context.settings, context.ledger, now())
    if name is None:
        try:
            total.update({count: n for count, n in send_subscriptions(context).items() if n})
        except EscuchaError as error:
            failed.append(str(error))
    if failed:
        raise EscuchaError("; ".join(dict.fromkeys(failed)))
    return dict(total)


def retract_quotes(context: Context) -> int:
    """Remove quotes of forgotten or erased posts from the reports on disk.

    Returns how many reports were written again.
    """
    return quotes.retract_quotes(context.city, context.settings, context.ledger, now())


def _mail_all(
    context: Context, name: str, files: list[Rendered], to: tuple[str, ...], total: Counter[str]
) -> list[str]:
    """Mail a report to every recipient still without it; return the errors."""
    lease, holder = f"mail {name}", worker()
    if not leases.hold(context.ledger, lease, holder, now(), MAIL_LEASE):
        log.info("report %s: another process is mailing it", name)
        return []
    try:
        wanted = [
            (file, recipient) for recipient in dict.fromkeys(to) for file in files if _claim(context, file, recipient)
        ]
        total["sent before"] += len(dict.fromkeys(to)) * len(files) - len(wanted)
        return _send_all(context, lease, wanted, total) if wanted else []
    finally:
        leases.release(context.ledger, lease, holder)


def _claim(context: Context, file: Rendered, recipient: str) -> bool:
    """Claim a mail; False when it was sent before.

    Under the lease an unfinished claim is that of a killed run: it is released first.
    """
    sent_reports.release_mail(context.ledger, _key(file), file.interval_key, recipient)
    return sent_reports.claim_mail(context.ledger, _key(file), file.interval_key, recipient, now())


def _send_all(context: Context, lease: str, wanted: list[tuple[Rendered, str]], total: Counter[str]) -> list[str]:
    failpoint("report.claimed")
    failed: list[str] = []
    left = dict.fromkeys(wanted)
    try:
        with open_connection(context.settings.smtp_url) as server:
            for file, recipient in wanted:
                leases.hold(context.ledger, lease, worker(), now(), MAIL_LEASE)
                failed += _send(context, server, file, recipient, total)
                del left[file, recipient]
    except EscuchaError as error:
        failed.append(f"{error} ({len(left)} mails are left for the next run)")
    for file, recipient in left:
        sent_reports.release_mail(context.ledger, _key(file), file.interval_key, recipient)
    return failed


def _send(context: Context, server: smtplib.SMTP, file: Rendered, recipient: str, total: Counter[str]) -> list[str]:
    """Send one mail and return its errors.

    A rejected recipient does not stop the others.
    """
    try:
        hand_over(server, compose(context.settings, file, recipient, context.ledger.ledger_id))
    except EscuchaError as error:
        sent_reports.release_mail(context.ledger, _key(file), file.interval_key, recipient)
        return [str(error)]
    failpoint("report.sent")
    sent_reports.mark_mailed(context.ledger, _key(file), file.interval_key, recipient, now())
    total["mailed"] += 1
    return []


def _key(file: Rendered) -> str:
    return f"{file.name}.{file.language}"
