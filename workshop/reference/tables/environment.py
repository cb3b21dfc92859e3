"""Generate the page of environment variables from `Settings` and the parts' `Secrets`."""

from collections.abc import Iterator
from types import ModuleType

from core.config import plugins
from core.config.settings import Settings
from workshop.reference.tables.fields import Row, rows, sentences
from workshop.reference.tables.markdown import GENERATED, sentence, table

OTHERS = (
    ("`ESCUCHA_CITY`", "path", "`cities/madrid.toml`", "The profile; `--city` comes before it."),
    ("SSL_CERT_FILE", "path", "", "A private certificate authority, for every client. `REQUESTS_CA_BUNDLE` does the same."),
    (
        "`ESCUCHA_WEBHOOK_SECRET`",
        "secret",
        "",
        "Signing secrets of `[[webhooks]]`, separated by spaces; the profile names the variable, `ESCUCHA_WEBHOOK_...`.",
    ),
    (
        "`ESCUCHA_ASSISTANT_KEY`",
        "secret",
        "",
        "Key of the language model in `[assistant]`; the profile names the variable, `ESCUCHA_ASSISTANT_...`.",
    ),
    ("`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`", "address", "", "Proxy of outgoing requests, as usual."),
)
"""Variables read directly, not through `Settings`."""

FOR_DEVELOPERS = (
    ("`ESCUCHA_STOP_WITH`", "`make run` sets it to its own process id: a killed `make` stops what it started."),
    ("`ESCUCHA_UP_HOME`", "`make run` sets it in what it starts, to find what an earlier start left running."),
    ("`ESCUCHA_FAULT_AT`", "Failpoint of the kill tests: the process ends itself there."),
    ("`ESCUCHA_DATA`", "Folder of labelled sets that are not in `data/training`; default: `../shared/data`."),
)
"""Variables that are no site settings."""

INTRODUCTION = """\
Every setting of a site is an environment variable; secrets are set nowhere else, neither in the profile nor on the
command line. A variable that is set and empty counts as not set.
[deploy/escucha.env.example](../../deploy/escucha.env.example) lists them for systemd and Docker Compose. `escucha
status` says which source is off and which variable it needs.
"""


def page() -> str:
    """Return docs/reference/environment.md."""
    return "\n".join(
        [
            GENERATED,
            "# Environment variables\n",
            INTRODUCTION,
            "## Settings\n",
            table(HEADS, [_settings_row(one) for one in rows(Settings)]),
            "## Around Escucha\n",
            table(HEADS, OTHERS),
            "## Secrets of sources and contact centres\n",
            table(("variable", "part", "kind", "meaning"), _secrets()),
            "## For developers\n",
            table(("variable", "meaning"), FOR_DEVELOPERS),
        ]
    )


HEADS = ("variable", "value", "default", "meaning")


def _settings_row(row: Row) -> tuple[str, str, str, str]:
    return f"`ESCUCHA_{row.name.upper()}`", row.kind, row.default, row.meaning


def _secrets() -> Iterator[tuple[str, str, str, str]]:
    for room in ("collectors", "nlp", "contact_centre"):
        for name in plugins.plugin_names(room):
            reading = plugins.load_plugin(room, name, room)
            yield from _secrets_of(reading, f"`{name}`")
            if room == "collectors" and (writing := plugins.load_reply_plugin(name)) is not None:
                known = {row[0] for row in _secrets_of(reading, "")}
                yield from (row for row in _secrets_of(writing, f"`{name}`, to answer") if row[0] not in known)


def _secrets_of(part: ModuleType, label: str) -> Iterator[tuple[str, str, str, str]]:
    kind = getattr(part, "Secrets", None)
    if kind is None or kind is plugins.Secrets:
        return
    meanings = sentences(kind)
    for row in rows(kind):
        meaning = meanings.get(row.name) or sentence(kind.__doc__)
        yield f"`ESCUCHA_{row.name.upper()}`", label, row.kind, meaning
