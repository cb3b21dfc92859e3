"""The few ways Escucha fails on purpose; each message says what to do, and none holds a secret."""

from core.privacy.secret_filter import without_secrets


class EscuchaError(Exception):
    """Something a person has to know about; the command ends with `exit_code`."""

    exit_code = 1

    def __str__(self) -> str:
        """Say it without passwords, tokens and keys, whoever put them into the message."""
        return without_secrets(super().__str__())


class ConfigurationError(EscuchaError):
    """The profile, the environment or the command line is wrong: nothing was read or written."""

    exit_code = 2


class StaleError(ConfigurationError):
    """What a form was made from has changed since: nothing was written, and the words of the form are kept."""


class ModelError(ConfigurationError):
    """A model file is missing, damaged, or not what its manifest says."""


class LedgerMismatchError(ConfigurationError):
    """This salt, or this search engine, belongs to another ledger."""


class SourceError(EscuchaError):
    """A network refused or failed; `retry_after` seconds is what it asked for, `fatal` when trying again is useless."""

    def __init__(self, message: str, *, retry_after: float | None = None, fatal: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.fatal = fatal


class StreamError(SourceError):
    """One query or list was refused for what it is: that says nothing about the others of its source, whether or not it is fatal."""


class AnswerChangedError(StreamError):
    """A network's answers are not what this version reads: nothing was passed over, and a person must be told at once."""


class BudgetSpentError(EscuchaError):
    """The money, requests or pages set for this source are used up."""


class SourceIsQuietError(EscuchaError):
    """A source has been silent for longer than its `quiet_after`."""


class DamagedLedgerError(EscuchaError):
    """The ledger's file is damaged: nothing may be done with it but to put back a backup."""


class TooManyCasesError(EscuchaError):
    """More cases wait than may leave the house in one run: none was delivered, none is lost."""


class TooManyPostsError(EscuchaError):
    """More posts are due to be forgotten than one run may forget: none was, a person must approve."""


class ClockError(EscuchaError):
    """The clock does not fit what the ledger knows: nothing was done that cannot be undone."""


class RefusedError(EscuchaError):
    """The contact centre refused this case (its own words): a person must look, trying again will not help."""


class IndexRefusedError(RefusedError):
    """The search engine will never take some documents as they are: a person must look, trying again will not help."""


class UnavailableError(EscuchaError):
    """A server (search engine, contact centre, mail) does not answer now: the work stays pending."""
