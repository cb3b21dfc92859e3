"""Plan and compose the mails of reports: the outbox's kind `report`."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from email.message import EmailMessage

from core.records.outbox import MAIL, Due, OutboxKind, OutboxRow
from ledger import read
from pipeline.context import Context, now
from pipeline.outbox.kinds import WaitError, WithdrawError
from reports.output.email import compose
from reports.publish import Rendered

NEXT_RUN = timedelta(minutes=1)
PROVISIONAL = " provisional"
"""What the subject of a provisional report ends with: the whole report is another message, and is mailed too."""


class ReportMails:
    """Mail the reports that one run has written.

    A report whose provisional mail was sent comes again as *corrected*, to the same people.
    """

    KIND: OutboxKind = "report"

    def __init__(self, files: Sequence[Rendered], corrected: Sequence[Rendered] = ()) -> None:
        self._new = {subject_of(one): one for one in files}
        self._files = {subject_of(one): one for one in corrected} | self._new
        self._names = {one.name for one in files}

    def due(self, context: Context) -> Iterator[Due]:
        """Return a mail for each file and recipient."""
        owed = read.sent_with_suffix_alone(context.ledger, self.KIND, PROVISIONAL)
        for subject, file in self._files.items():
            recipients = context.city.reports[file.name].to if subject in self._new else owed.get(subject, ())
            for recipient in dict.fromkeys(recipients):
                yield Due(subject=subject, receiver=recipient, channel=MAIL)

    def compose(self, context: Context, row: OutboxRow) -> EmailMessage:
        """Compose the mail of a report that this run has written.

        Raises:
            ConfigurationError: recipient or sender is not an e-mail address.
            WaitError: this run did not write the report.
            WithdrawError: the profile does not name the recipient any more, or a later report has come.
        """
        name = row.subject.partition(" ")[2].rpartition(".")[0]
        wanted = context.city.reports.get(name)
        if wanted is None or row.receiver not in wanted.to:
            raise WithdrawError("no longer in the profile")
        file = self._files.get(row.subject)
        if file is not None:
            before = read.count_outbox(
                context.ledger, kind=self.KIND, subject=row.subject + PROVISIONAL, receiver=row.receiver, state="sent"
            )
            return compose(context.settings, file, row.receiver, row.message_id, corrects=before > 0)
        if name in self._names:
            raise WithdrawError("a later report has come")
        raise WaitError(now() + NEXT_RUN, "the report is written first")

    def sent_before(self, context: Context) -> int:
        """Count the mails of these reports that were sent."""
        found = [one for subject in self._files for one in read.outbox(context.ledger, kind=self.KIND, subject=subject)]
        return sum(one.state == "sent" for one in found)


def subject_of(file: Rendered) -> str:
    """Return a file's subject in the outbox: interval, name and language."""
    return f"{file.interval_key} {file.name}.{file.language}{PROVISIONAL if file.is_provisional else ''}"


def to_correct(context: Context) -> set[tuple[str, str]]:
    """Return the reports that people have as provisional: name, interval key."""
    owed = read.sent_with_suffix_alone(context.ledger, ReportMails.KIND, PROVISIONAL)
    parts = (subject.partition(" ") for subject in owed)
    return {(file.rpartition(".")[0], interval) for interval, _, file in parts if file.rpartition(".")[0] in context.city.reports}
