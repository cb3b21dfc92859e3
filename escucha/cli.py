"""Run the `escucha` command.

Results go to standard output, progress and log lines to standard error.
"""

import logging
import os
import sys
from argparse import Namespace
from collections.abc import Sequence

from core.config.settings import load_settings
from core.config.towns import ServedTown, chosen, towns_of
from core.errors import ConfigurationError, EscuchaError
from core.privacy.secret_filter import without_secrets
from core.runtime import garbage_collection
from core.runtime.disk import describe_disk_error
from core.runtime.stdio import set_up_stdio

log = logging.getLogger("escucha")
SERVERS = frozenset({"desk", "portal", "up"})
"""Commands that go on when whoever read their output has left."""
BEFORE_START = frozenset({"prepare"})
"""Commands that all services wait for: of several towns, one that cannot be opened must not keep the others closed."""


def _share_authorities() -> None:
    """Share a private certificate authority between all HTTP clients.

    Some read SSL_CERT_FILE, others REQUESTS_CA_BUNDLE: whichever is set is copied to the other.
    """
    for one, other in (("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")):
        if os.environ.get(one) and not os.environ.get(other):
            os.environ[other] = os.environ[one]


def _calculate_on_one_thread() -> None:
    """Keep numpy to one thread, before anything imports it.

    Its products are small here: more threads mostly wait for one another, which costs half a millisecond of processor time a post. The
    encoder's threads are set apart, by `ESCUCHA_THREADS`.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class SecretFilterFormatter(logging.Formatter):
    """Remove secrets from every log line, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """Format the record with its secrets masked."""
        return without_secrets(super().format(record))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: done; 1: a check failed; 2: usage or configuration error; 130: interrupted; 141: its output has no reader any more.
    """
    _calculate_on_one_thread()
    argv = sys.argv[1:] if argv is None else argv
    try:
        with garbage_collection.importing():
            from escucha.parser import parser

            known = parser(argv)
    except ConfigurationError as error:  # the manifest of a part
        sys.stderr.write(f"escucha: {error}\n")
        return error.exit_code
    arguments = known.parse_args(argv)
    set_up_stdio(serves=arguments.command in SERVERS)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    for handler in logging.getLogger().handlers:
        handler.setFormatter(SecretFilterFormatter("%(message)s"))
    for noisy in ("httpx", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    _share_authorities()
    try:
        arguments.settings = load_settings()
        return _run(arguments)
    except EscuchaError as error:
        log.error("escucha %s: %s", arguments.command, error)
        return error.exit_code
    except OSError as error:  # the disk behind the pipe is full, or a folder is not writable
        log.error("escucha %s: %s", arguments.command, describe_disk_error(error, arguments.settings.home.absolute()))
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception:  # a bug: log the traceback, with secrets masked
        log.exception("escucha %s: internal error in Escucha, please report it", arguments.command)
        return 1


def _run(arguments: Namespace) -> int:
    """Run the command for a city, each town, or all at once."""
    from escucha.commands import ALL_TOWNS, EACH_TOWN, NO_TOWN

    name, settings = arguments.command, arguments.settings
    if name in NO_TOWN or not settings.towns:
        if profile := getattr(arguments, "profile", None):  # the --city of `gazetteer` is the name of a folder
            arguments.city = arguments.city or profile
            arguments.towns = [ServedTown(arguments.city.stem, arguments.city, settings)]
        return int(arguments.call(arguments))
    towns = towns_of(settings, arguments.profile, missing_too=name in EACH_TOWN | ALL_TOWNS)
    if name in ALL_TOWNS:
        if arguments.city:
            raise ConfigurationError("--city: this command serves all towns of ESCUCHA_TOWNS: leave it out")
        arguments.towns = towns
        return int(arguments.call(arguments))
    if arguments.city:
        return _run_for(chosen(towns, arguments.city), arguments)
    if name not in EACH_TOWN:
        raise ConfigurationError(f"say for which town: --city with one of {', '.join(one.name for one in towns)}")
    codes = [_run_in_turn(town, arguments) for town in towns]
    if name in BEFORE_START and min(codes) == 0:
        return 0  # the towns that can start do; desk and health say what is wrong in the others
    return max(codes)


def _run_for(town: ServedTown, arguments: Namespace) -> int:
    return int(arguments.call(Namespace(**{**vars(arguments), "city": town.profile, "settings": town.settings, "towns": [town]})))


def _run_in_turn(town: ServedTown, arguments: Namespace) -> int:
    """Run the command for one town of several.

    What fails there is logged, and the next has its turn.
    """
    log.info("%s:", town.name)
    try:
        return _run_for(town, arguments)
    except EscuchaError as error:
        log.error("escucha %s: %s: %s", arguments.command, town.name, error)
        return error.exit_code
    except OSError as error:
        log.error("escucha %s: %s: %s", arguments.command, town.name, describe_disk_error(error, town.settings.home.absolute()))
        return 1
    except Exception:  # a bug: it may be in what this town alone has
        log.exception("escucha %s: %s: internal error in Escucha, please report it", arguments.command, town.name)
        return 1


if __name__ == "__main__":
    sys.exit(main())
