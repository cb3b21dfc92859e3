"""Send one request to the assistant, within its limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from contact_centre.http import ask, connect
from core.errors import ChangeRefusedError, ConfigurationError, OutcomeUnknownError, RefusedError, UnavailableError
from core.text import sanitise
from ledger.system import assistant_calls
from pipeline.context import Context, now

AT_ONCE = BoundedSemaphore(2)
"""Requests of one process at a time: each holds a thread of the desk until it is answered."""
TRIES = 2
LONGEST_ANSWER = 20_000
"""Characters of an answer that are used."""
OFF = "No assistant is set up in the profile."
BUSY = "The assistant is answering others. Try again in a minute."
SPENT = "The assistant's budget of today is used up. It starts again tomorrow."
TOO_LONG = "This is too long for the assistant."
NO_ANSWER = "The assistant did not answer. Try again later. The reason: {reason}"


@contextmanager
def turn(context: Context) -> Iterator[None]:
    """Hold one of the places at the assistant.

    Raises:
        ChangeRefusedError: it is off or busy.
    """
    if not context.city.assistant.on:
        raise ChangeRefusedError(OFF)
    if not AT_ONCE.acquire(blocking=False):
        raise ChangeRefusedError(BUSY)
    try:
        yield
    finally:
        AT_ONCE.release()


def complete(context: Context, who: str, task: str, subject: str, instructions: str, material: str) -> str:
    """Return the assistant's answer as plain text.

    Args:
        context: the open context.
        who: the user who asks; audited.
        task: `summary`, `translation` or `draft`.
        subject: what it is about, for the audit.
        instructions: what to do, ours.
        material: redacted texts; `instructions` say that they are data.

    Raises:
        ChangeRefusedError: it is off, busy, too long, the budget is spent, or there was no usable answer.
        ConfigurationError: its key is not in the environment.
    """
    with turn(context):
        return complete_in_turn(context, who, task, subject, instructions, material)


def complete_in_turn(context: Context, who: str, task: str, subject: str, instructions: str, material: str) -> str:
    """Return the assistant's answer; the caller holds a `turn`.

    Arguments and errors are those of `complete`.
    """
    options, failure = context.city.assistant, ""
    if len(instructions) + len(material) > options.max_characters:
        raise ChangeRefusedError(TOO_LONG)
    headers = options.headers(context.settings.variables)
    characters = len(instructions) + len(material)
    body = {
        "model": options.model,
        "messages": [{"role": "system", "content": instructions}, {"role": "user", "content": material}],
        "temperature": 0,
        "stream": False,
    }
    for _try in range(TRIES):
        day = now().astimezone(context.city.zone).date()
        if not assistant_calls.claim(context.ledger, day, options.requests_per_day, who, task, subject, characters, now()):
            raise ChangeRefusedError(SPENT)
        try:
            with connect(options.url, options.timeout_s, headers) as client:
                answer = ask(client, "POST", "chat/completions", json=body)
            return _content(answer.json(), options.url)
        except (UnavailableError, OutcomeUnknownError) as error:
            failure = str(error)
        except (ConfigurationError, RefusedError) as error:  # the same request would be refused again
            raise ChangeRefusedError(NO_ANSWER, reason=str(error)[:300]) from None
    raise ChangeRefusedError(NO_ANSWER, reason=failure[:300])


def _content(found: Any, url: str) -> str:
    """Return the text of an answer.

    Raises:
        OutcomeUnknownError: it has another form.
    """
    try:
        text = found["choices"][0]["message"]["content"]
    except (LookupError, TypeError):
        text = None
    if not isinstance(text, str) or not text.strip():
        raise OutcomeUnknownError(f"{url} answered without a text: is this a chat-completions interface?")
    return sanitise(text[:LONGEST_ANSWER], layout="lines").strip()
