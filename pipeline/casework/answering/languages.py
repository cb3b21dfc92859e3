"""Check that an answer is in the language of its recipients."""

from collections.abc import Sequence

from core.errors import ChangeRefusedError
from core.records.annotation import UNDETERMINED
from core.records.read_models import PostRecord
from nlp.questions.language import LANGUAGES, Options, detect

ANSWER_LANGUAGES = LANGUAGES
"""Languages that answers are written in: those that posts are read in."""
_TOLD, _LETTERS = 0.95, 10
"""A text of so many letters is taken for another language than the chosen one from this probability on, also for one that is not read."""


def base(language: str | None) -> str:
    """Return a language tag without region and script; empty: not known.

    >>> base("pt-BR"), base("und"), base(None)
    ('pt', '', '')
    """
    found = (language or "").split("-")[0].lower()
    return "" if found == UNDETERMINED else found


def differs(post: PostRecord, language: str) -> bool:
    """Tell whether a citizen is known to write in another language."""
    return base(post.language) not in ("", base(language))


def check_text_language(text: str, language: str) -> None:
    """Check that a text reads as the language that it says.

    Raises:
        ChangeRefusedError: it plainly reads as another one.
    """
    found, score = detect(text, base(language), None, Options())
    if found != base(language) and score >= _TOLD and sum(map(str.isalpha, text)) >= _LETTERS:
        raise ChangeRefusedError(
            "This answer reads as {language}, and its language is set to {new_language}. Correct the language or the text, or tick the box "
            "that says that it is so on purpose.",
            language=found,
            new_language=base(language),
        )


def check_recipients(posts: Sequence[PostRecord], language: str) -> None:
    """Check that no recipient is known to write in another language.

    Raises:
        ChangeRefusedError: it says how many do, and what to do.
    """
    others = [one for one in posts if differs(one, language)]
    if others:
        raise ChangeRefusedError(
            "Chosen posts in another language than this answer ({language}): {n} ({possible_language}). Write one answer for each "
            "language, or tick the box that says that it is so on purpose.",
            n=len(others),
            possible_language=tuple(sorted({base(one.language) for one in others})),
            language=base(language),
        )
