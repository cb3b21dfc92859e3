"""Writes the reports, and sees that each mail goes out once: the ledger knows which report, interval and recipient was served."""

import logging
from collections import Counter

from core.errors import EscuchaError, UnavailableError
from core.fault import point
from escucha.house import House, now
from ledger import mails
from reports.mail import compose, send
from reports.write import Rendered, chosen, write_open_data, write_report

log = logging.getLogger("escucha")


def report(house: House, name: str | None) -> dict[str, int]:
    """Write what is asked for and mail it; the files are overwritten, a mail is not sent twice.

    Raises:
        EscuchaError: at the end, when a mail could not be sent; the others were.
    """
    total: Counter[str] = Counter(written=0)
    failed: list[str] = []
    for one in chosen(house.city, name):
        rendered = write_report(house.city, house.settings, house.ledger, one, now())
        total["written"] += len(rendered)
        for file in rendered:
            log.info("report: %s", file.pdf)
        if house.settings.smtp_url is None:
            log.info("report %s: written, not mailed: ESCUCHA_SMTP_URL is not set", one)
            continue
        for recipient in house.city.reports[one].to:
            for file in rendered:
                _mail(house, file, recipient, total, failed)
    write_open_data(house.city, house.settings, house.ledger, now())
    if failed:
        raise EscuchaError("; ".join(failed))
    return dict(total)


def _mail(house: House, file: Rendered, recipient: str, total: Counter[str], failed: list[str]) -> None:
    """Send one mail if nobody did; a refusal is told at the end, the claim is given back."""
    key = f"{file.name}.{file.language}"
    if not mails.claim_mail(house.ledger, key, file.interval_key, recipient, now()):
        total["sent before"] += 1
        return
    point("report.claimed")
    try:
        send(house.settings, compose(house.settings, file, recipient))
    except (EscuchaError, UnavailableError) as error:
        mails.not_mailed(house.ledger, key, file.interval_key, recipient)
        failed.append(str(error))
        return
    point("report.sent")
    mails.mailed(house.ledger, key, file.interval_key, recipient, now())
    total["mailed"] += 1
