"""Mail teams, leads and watchers about cases that need them.

Each item is mailed once for each case. A team gets a mail when a new post reopens one of its cases, and when 50 and 80 per
cent of the answer time have passed; its lead gets one at 100 per cent. While a citizen was asked back, no answer time
passes. Watchers of a case are mailed what others changed on it. One mail a recipient and run lists all cases. It runs after
`follow`, whose news may close a case.
"""

import logging

from ledger import read
from pipeline.casework import mails
from pipeline.context import Context
from pipeline.outbox.sending import send

log = logging.getLogger("escucha")


def escalate(context: Context) -> dict[str, int]:
    """Mail what is due about waiting cases.

    An address that the server refuses makes no run fail: the outbox names it.

    Raises:
        EscuchaError: the mail server does not answer; the next run sends.
    """
    has_addresses = any(one.mail or one.lead_mail for one in context.city.departments)
    if not has_addresses and not any(one.mail for one in read.users(context.ledger)):
        return {"mailed": 0}
    if context.settings.smtp_url is None:
        log.info("escalate: nothing is mailed: ESCUCHA_SMTP_URL is not set")
        return {"mailed": 0}
    run = send(context, mails)
    run.raise_if_away()
    return {"mailed": run.counts["sent"]}
