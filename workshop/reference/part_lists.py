"""Generate every list that names parts from their manifests."""

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from core.config import plugins, protocols
from core.parts import PLACES, Language, PartManifest, folder_of, manifests, sources
from workshop.reference.blocks import link, replaced
from workshop.reference.tables.markdown import code, table

TRIED = {
    "real": ("the real service or software", "el servicio o programa real"),
    "scripted": ("a server of ours, written from its documentation", "un servidor nuestro, escrito según su documentación"),
    "measured": ("measured: {docs}", "medido: {docs}"),
    "read": ("read by its speakers", "leído por hablantes"),
    "machine": ("written by a machine, not yet read by a speaker", "escrito por una máquina, sin leer aún por hablantes"),
}
"""What a quality level means, in English and Spanish."""
HEADS = {"en": ("part", "what it does", "needs", "tried with"), "es": ("componente", "qué hace", "necesita", "probado con")}
MORE = {"en": "more", "es": "más"}
OFFERED = {"en": "language of {rooms}", "es": "idioma de {rooms}"}
ROOMS = {
    "en": {"desk": "the desk", "portal": "the citizens' pages", "reports": "reports"},
    "es": {"desk": "la aplicación", "portal": "las páginas para la ciudadanía", "reports": "los informes"},
}


def readme(language: str) -> str:
    """Return README.md, or README.es.md, with its table of parts."""
    rows = [_row(language, room, name, one) for room in PLACES for name, one in manifests(room).items()]
    return replaced("README.md" if language == "en" else f"README.{language}.md", {"parts": table(HEADS[language], rows)})


def _row(language: str, room: str, name: str, part: PartManifest) -> tuple[str, ...]:
    path, more = plugins.path_of(room, name), f"[{MORE[language]}]({part.docs})" if part.docs else ""
    about = part.about[language] if part.about else _offers(language, part)
    tried = TRIED[part.quality][language != "en"].format(docs=more)
    shown = f" ({more})" if more and more not in tried else ""
    return code(path), f"{about}{shown}", part.needs.get(language, "-"), tried


def _offers(language: str, part: PartManifest) -> str:
    rooms = [said for room, said in ROOMS[language].items() if isinstance(part, Language) and room in part.offered]
    return f"{', '.join(part.name.values())}: {OFFERED[language].format(rooms=', '.join(rooms)) if rooms else '-'}"


def sources_page() -> str:
    """Return docs/reference/sources.md with its tables."""
    file = "docs/reference/sources.md"
    known = sources().items()
    read = [(code(name), one.reads.what, one.reads.price, one.reads.reach, one.reads.deletions, one.reads.not_read) for name, one in known]
    kinds = [
        (code(name), one.name["en"], one.style, code(one.author.form) if one.author.form.isupper() else one.author.form)
        for name, one in known
    ]
    answers = [
        (code(name), f"{one.answers.characters:,}" if one.answers else "-", ", ".join(map(code, _reply_variables(name))) or "-")
        for name, one in known
        if plugins.load_reply_plugin(name) is not None
    ]
    heads = ("source", "what is read", "price", "how far back, how much", "how deletions come", "what is not read")
    return replaced(
        file,
        {
            "sources": table(heads, read),
            "kinds": table(("source", "shown as", "kind of source", "author, for `escucha subject` and `escucha erase`"), kinds),
            "answers": table(("source", "characters of one answer at most", "variables"), answers),
        },
    )


def _reply_variables(name: str) -> list[str]:
    kind = getattr(plugins.load_reply_plugin(name), "Secrets", None)
    return [f"ESCUCHA_{field.upper()}" for field in kind.model_fields] if kind is not None else []


def contact_centre_page() -> str:
    """Return docs/how-to/contact-centre.md with its table of systems."""
    file = "docs/how-to/contact-centre.md"
    rows = [("the case book", code('[contact_centre] system = "casebook"') + " (the default)", "on the desk; nothing leaves Escucha")]
    for name, one in manifests("contact_centre").items():
        rows.append((one.name["en"], code(f'[contact_centre] system = "{name}"'), f"there: [step by step]({link(file, one.docs)})"))
    return replaced(file, {"systems": table(("", "set", "where cases are worked"), rows)})


def pyproject() -> str:
    """Return pyproject.toml with its lists of parts and client libraries."""
    libraries = sorted(one for source in sources().values() for one in source.libraries)
    return replaced(
        "pyproject.toml",
        {
            "sources": _modules("collectors"),
            "ticket systems": _modules("contact_centre", "webhooks"),
            "client libraries": f"forbidden_modules = {json.dumps(libraries)}\n",
            "untyped client libraries": f"module = {json.dumps([f'{one}.*' for one in libraries])}\n",
        },
    )


def _modules(room: str, *more: str) -> str:
    """Return the modules of a contract of independence."""
    names = sorted({f"{room}.{folder_of(room, name).name}" for name in manifests(room)} | {f"{room}.{one}" for one in more})
    return f"modules = {json.dumps(names)}\n"


def part_types() -> str:
    """Return workshop/part_types.py: one line for each part and protocol."""
    imports, lines = ["from core.config.plugins import Secrets"], []
    used: set[str] = set()
    for room, protocol in (("collectors", "Collector"), ("contact_centre", "ContactCentre"), ("nlp", "Question")):
        package = PLACES[room][0].replace("/", ".")
        imports.append(_import(package, sorted(folder_of(room, name).name for name in manifests(room))))
        for name in plugins.plugin_names(room):
            folder, module = folder_of(room, name).name, plugins.load_plugin(room, name, room)
            own = vars(module).get("Secrets", plugins.Secrets)
            given = "ModelOutput" if room == "nlp" else "Secrets | None" if own is plugins.Secrets else f"{folder}.Secrets"
            used.add(protocol)
            lines.append(f"{room}_{name}: {protocol}[{folder}.Options, {given}] = {folder}")
            for one, parameters in _optional(module):
                used.add(one)
                kind = f"[{', '.join((f'{folder}.Options', given)[:parameters])}]" if parameters else ""
                lines.append(f"{room}_{name}_{_snake(one)}: {one}{kind} = {folder}")
            if room == "collectors" and (writing := plugins.load_reply_plugin(name)) is not None:
                kind = "PaidReplier" if isinstance(writing, protocols.PaidReplier) else "Replier"
                used.add(kind)
                imports.append(f"from {module.__name__} import reply as {folder}_reply")
                theirs = folder if writing.Secrets.__module__ == module.__name__ else f"{folder}_reply"
                lines.append(f"reply_{name}: {kind}[{folder}.Options, {theirs}.Secrets] = {folder}_reply")
    imports += [_import("core.config.protocols", sorted(used)), "from nlp.inference.model_output import ModelOutput"]
    ordered = sorted(imports, key=lambda line: line.split()[1])
    return "\n".join([HEAD, *ordered, "", *lines, ""])


HEAD = '''"""Check the types of every part with mypy: protocol, options and secrets.

Generated by `make docs-reference` from the manifests. Imported by tests only.
"""
'''


def _optional(module: ModuleType) -> Iterator[tuple[str, int]]:
    """Yield the optional protocols of a part with their number of types."""
    for name, one in vars(protocols).items():
        declared: Any = one
        is_optional = isinstance(one, type) and getattr(one, "_is_runtime_protocol", False) and one is not protocols.PaidReplier
        if is_optional and isinstance(module, declared):
            yield name, len(declared.__parameters__)


def _snake(name: str) -> str:
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name).lstrip("_")


def _import(package: str, names: list[str], width: int = 140) -> str:
    line = f"from {package} import {', '.join(names)}"
    return line if len(line) <= width else "\n".join([f"from {package} import (", *(f"    {one}," for one in names), ")"])
