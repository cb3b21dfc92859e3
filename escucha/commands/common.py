"""Share what commands need: the open context and lines of result."""

import json
import logging
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from core.config.settings import Settings
from core.privacy.secret_filter import without_secrets
from escucha.commands import Run
from pipeline.context import Context, open_context
from search.connection.engine import embedded_running

log = logging.getLogger("escucha")


def print_line(text: str) -> None:
    """Print one line of result on standard output, with secrets masked."""
    sys.stdout.write(f"{without_secrets(text)}\n")
    sys.stdout.flush()


def step(call: Callable[..., object], *options: str, fills: bool = False) -> Run:
    """Return the command that runs one pipeline step and prints its counts.

    Args:
        call: the step; it gets the open context, and each of `options` as given on the command line.
        options: names of the command's options, which are the step's parameters.
        fills: the step may start the embedded search engine, which then goes on running.
    """

    def command(a: Namespace) -> int:
        with report_engine_left(a.settings) if fills else nullcontext():
            return run_in_context(a, lambda context: call(context, **{name: getattr(a, name) for name in options}))

    return command


def run_in_context(arguments: Namespace, call: Callable[[Context], object]) -> int:
    """Run a function in the open context; print its result."""
    with open_context(arguments.city, arguments.settings) as context:
        result = call(context)
    print_line(json.dumps(result))
    return 0


@contextmanager
def report_engine_left(settings: Settings) -> Iterator[None]:
    """Log an embedded engine that the command started and leaves running."""
    before = embedded_running(settings)
    try:
        yield
    finally:
        left = embedded_running(settings)
        if left is not None and left != before:
            log.info(
                "the embedded search engine keeps running (%s, process %d) for the desk and the next steps, which find it "
                "automatically; end it with `kill %d`. A new one is filled again from the ledger",
                left.url,
                left.pid,
                left.pid,
            )
