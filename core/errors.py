"""Define the errors Escucha raises on purpose.

Each message names the cure, and none holds a secret.
"""

from core.privacy.secret_filter import without_secrets

Value = str | int | tuple[str, ...]
"""A value of a message."""


class EscuchaError(Exception):
    """Report an expected failure; the command exits with `exit_code`."""

    exit_code = 1

    def __str__(self) -> str:
        """Return the message without passwords, tokens and keys."""
        return without_secrets(super().__str__())


class ConfigurationError(EscuchaError):
    """Report a wrong profile, environment or command line.

    Nothing was read or written.
    """

    exit_code = 2


class ChangeRefusedError(ConfigurationError):
    """Refuse what a person asked for; the message says what is possible.

    The message is a template and its values, so that the desk can show it in the language of the reader. A value named after a kind of
    code (`state`, `topic`: `core.i18n.names.NAMES`) is shown by its display name.

    >>> str(ChangeRefusedError("there is no case {case}", case="C-1"))
    'there is no case C-1'
    """

    def __init__(self, template: str, **values: Value) -> None:
        filled = {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in values.items()}
        super().__init__(template.format(**filled) if values else template)
        self.template, self.values = template, values


class RefusedValueError(ValueError):
    """Refuse a value of a profile, as a validator of pydantic does.

    The message is a template and its values, as in `ChangeRefusedError`.

    >>> str(RefusedValueError("'{address}' is no address", address="x"))
    "'x' is no address"
    """

    def __init__(self, template: str, **values: Value) -> None:
        filled = {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in values.items()}
        super().__init__(template.format(**filled) if values else template)
        self.template, self.values = template, values


class StaleError(ChangeRefusedError):
    """Report that the data behind a submitted form has changed since.

    Nothing was written; the text of the form is kept.
    """


class ModelError(ConfigurationError):
    """Report a missing or damaged model file.

    Damaged: it differs from its manifest.
    """


class LedgerMismatchError(ConfigurationError):
    """Report a salt or a search engine that belongs to another ledger."""


class SourceError(EscuchaError):
    """Report that a network refused a request or failed.

    `retry_after` is the pause it asked for, in seconds; `fatal` means that a retry cannot succeed.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, fatal: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.fatal = fatal


class StreamError(SourceError):
    """Report that one query or list was refused.

    It implies nothing about the other streams of its source, whether fatal or not.
    """


class AnswerChangedError(StreamError):
    """Report answers of a network in a format this version cannot parse.

    Nothing was skipped; an alarm must be raised at once.
    """


class BudgetSpentError(EscuchaError):
    """Report that a source's money, requests or pages are used up."""


class SourceIsQuietError(EscuchaError):
    """Report a source without new posts for longer than its `quiet_after`."""


class DamagedLedgerError(EscuchaError):
    """Report a damaged ledger file: restore a backup."""


class TooManyCasesError(EscuchaError):
    """Report more waiting cases than one run may deliver.

    None was delivered, none is lost.
    """


class TooManyPostsError(EscuchaError):
    """Report more expired posts than one run may forget.

    None was forgotten; a person must approve.
    """


class ClockError(EscuchaError):
    """Report a system clock that contradicts the ledger.

    Nothing irreversible was done.
    """


class RefusedError(EscuchaError):
    """Report that the contact centre refused a case, in its words.

    A person must look at it; a retry cannot succeed.
    """


class OutcomeUnknownError(EscuchaError):
    """Report that an external system may have accepted a request.

    Look for the result there before sending it again.
    """


class IndexRefusedError(RefusedError):
    """Report documents that the search engine refuses permanently.

    A person must look at them; a retry cannot succeed.
    """


class UnavailableError(EscuchaError):
    """Report that a server does not respond now; the work stays pending.

    The server is a search engine, a contact centre or a mail server.
    """
