"""Read the revision that a form was made from."""

from core.errors import ConfigurationError

NO_VERSION = "This form has no valid version. Please reload the page and try again."
DIGITS = 9
"""Maximum number of digits of a revision."""


def revision(text: object) -> int:
    """Return the revision in a field of a form.

    Raises:
        ConfigurationError: the field is missing or holds no number.
    """
    found = str(text)
    if not (found.isascii() and found.isdecimal() and len(found) <= DIGITS):
        raise ConfigurationError(NO_VERSION)
    return int(found)
