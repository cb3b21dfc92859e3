"""Load the sources of a profile, with options, secrets and state.

A source is off without its secrets; the example month is off beside a real source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.config import plugins
from core.config.protocols import ExplainsWhyOff, HasSeveralSources, LoadedCollector, load_collector
from core.config.source_options import SourceOptions
from core.records.post import is_example


@dataclass
class Source:
    """Hold one configured source: collector module, checked options and secrets."""

    name: str
    module: LoadedCollector
    options: SourceOptions
    secrets: plugins.Secrets | None
    missing: list[str]
    table: str = ""
    """Its table of the profile, `[sources.TABLE]`, where one table holds several sources; empty: same as its name."""
    switched_off: str | None = None
    """Why it is switched off here."""

    @property
    def off(self) -> str | None:
        """Explain why the source is off; None when it is on.

        The reason names the variables to set.
        """
        if self.switched_off is not None:
            return self.switched_off
        if not self.missing:
            return None
        why = self.module.WHY_OFF if isinstance(self.module, ExplainsWhyOff) else ""
        return f"off: set {', '.join(self.missing)}{f' ({why})' if why else ''}"


def sources_of(path: Path, name: str, table: Mapping[str, object], prefix: str = plugins.ESCUCHA) -> list[Source]:
    """Return the source of a table, or the several it holds.

    `prefix`: how the variables of its secrets begin.
    """
    where = f"{path}: [sources.{name}]"
    secrets = plugins.load_secrets("collectors", name, where, prefix)
    module, options = load_collector(name, where), plugins.load_options("collectors", name, table, where)
    several = module.sources_of(options) if isinstance(module, HasSeveralSources) else {name: options}
    return [
        Source(
            name=one,
            module=module,
            options=its_options,
            secrets=None if isinstance(secrets, list) else secrets,
            missing=secrets if isinstance(secrets, list) else [],
            table=name if one != name else "",
        )
        for one, its_options in several.items()
    ]


def switch_example_off(sources: dict[str, Source], wanted: bool) -> None:
    """Switch the example month off, unless it is wanted and alone.

    It is for a profile without real sources.
    """
    examples = [one for one in sources.values() if is_example(one.name)]
    real = [one.name for one in sources.values() if _is_real(one)]
    why = None if wanted else "off: ESCUCHA_EXAMPLE is no"
    if real and why is None:
        why = f"off: the example month is for a profile without real sources, and {', '.join(real)} is on"
    for one in examples:
        one.switched_off = why


def _is_real(source: Source) -> bool:
    return source.off is None and not is_example(source.name) and source.options.is_live
