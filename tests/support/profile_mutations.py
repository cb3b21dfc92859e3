"""Make profiles that are wrong in one place, from profiles that are right."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, date, datetime, time
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from core.config.city import City

ROOT = Path(__file__).parents[2]
Key = tuple[str | int, ...]
DELETED = object()
VALUES: dict[str, Any] = {
    "a whole number": 7,
    "a word": "x",
    "no list item": [],
    "a list of numbers": [7],
    "a list in a list": [["x"]],
    "an empty table": {},
    "a table": {"a": {"b": "x"}},
    "a switch": True,
    "a share": 0.5,
    "not a number": float("nan"),
    "infinity": float("inf"),
    "a day": date(2026, 5, 15),
    "a moment": datetime(2026, 5, 15, 8, tzinfo=UTC),
    "a time": time(8),
    "nothing in it": "",
    "a blank": " ",
    "very long": "x" * 100_000,
    "very large": 10**30,
    "below zero": -1,
    "a year 9999": "P3650000D",
    "a control character": "a\0b",
    "colours of a terminal": "\x1b[31mMadrid",
    "two lines": "a\r\nb",
    "a code that nobody has": "XX",
    "a way out of the folder": "../../etc/passwd",
    "half an address": "https://[",
    "other letters": "Ŝ🙂\u202eא",
    "deleted": DELETED,
}
"""What takes the place of a value, by what it is."""
WRONG_KEYS = ("unknown", "", "../x", "a\0b", "ñ🙂")
"""Names of a key beside the others of its table."""
SOURCES: dict[str, dict[str, Any]] = {
    "archive": {"files": ["samples/decide_madrid.jsonl.gz"], "columns": {"text": "texto"}, "timezone": "Europe/Madrid"},
    "bluesky": {"queries": ["Villa"], "look_back": "P2D", "deletions": {"every": "P1D", "a_day": 10}},
    "consul": {"site": "https://decide.example.org", "kinds": ["proposals"]},
    "decidim": {"proposals": ["https://decidim.example.org/processes/a/f/12/"]},
    "discourse": {"sites": ["https://foro.example.org"]},
    "feeds": {"feeds": ["https://example.org/rss"], "filtered": ["https://example.org/rss"]},
    "inbox": {"per_minute": 60, "max_posts": 500},
    "lemmy": {"servers": ["https://lemmy.world"], "queries": ["Villa"], "communities": ["villa@lemmy.world"]},
    "mailbox": {"host": "imap.example.org", "user": "escucha@example.org", "own_domains": ["example.org"]},
    "mastodon": {"servers": ["https://mastodon.social"], "hashtags": ["Villa"]},
    "reddit": {"query": "Villa", "subreddits": ["villa"], "every": 60, "quiet_after": "P3D"},
    "x": {"own_handle": "@villa", "query": "Villa", "monthly_budget_usd": 50.0, "own_ids": ["123"]},
    "youtube": {"channels": ["UCabcdefghijklmnopqrstuv"], "videos": ["abcdefghijk"], "daily_requests": 100},
}
"""A table of each source, with the keys of its documentation."""


class Mutation(NamedTuple):
    """Hold what was changed where."""

    key: Key
    what: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.key))}: {self.what}"


def documented_profile() -> dict[str, Any]:
    """The profile that all examples of the documentation make together, a table of each source with it."""
    table: dict[str, Any] = {"name": "Villa", "timezone": "Atlantic/Canary", "languages": ["es", "ca"], "retention": "P90D"}
    table |= {"handles": ["@villa", "@avisosvilla"], "sources": deepcopy(SOURCES)}
    for page in sorted((ROOT / "docs").glob("*/*.md")):
        for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
            example = tomllib.loads(block)
            if example.keys() <= City.model_fields.keys() and not isinstance(example.get("answers"), list):
                _merge(table, example)
    named = {"Atención": {"name": "Atención", "topics": ["other"]}}
    for one in table["departments"]:
        named[one["name"]] = named.get(one["name"], {}) | one
    named["Alumbrado"] |= {"answer_within": "PT72H", "mail": "luz@example.org", "lead_mail": "jefe@example.org"}
    table["departments"] = [*reversed(named.values())]
    own = {"controller": "Ayuntamiento de Villa", "contact": "villa@example.org", "data_protection_officer": "dpd@example.org"}
    table["notice"] = {**own, "basis": "Ley 7/1985", "url": "https://villa.example.org/aviso"}
    table["reports"]["bins"]["posts"]["department"] = "Limpieza"
    table["kinds"]["question"] = {"answer_within": "PT24H", "department": "Atención"}
    table["questions"] = {"relevance": {"names": ["Villa"], "near": ["villan*"], "not": ["Villarreal"]}, "places": {"enough": 0.4}}
    table["compare"] = [{"name": "Zaragoza", "address": "https://www.zaragoza.es/requests.json"}]
    table.pop("gazetteer_folder")
    return table


def _merge(table: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        held = table.get(key)
        if isinstance(held, dict) and isinstance(value, dict) and key != "options":
            _merge(held, value)
        elif isinstance(held, list) and isinstance(value, list) and key in ("departments", "templates"):
            held += value
        else:
            table[key] = deepcopy(value)


def mutations(table: Mapping[str, Any], every_item: bool = True) -> Iterator[tuple[Mutation, dict[str, Any]]]:
    """Yield each wrong profile; `every_item`: False: of each list the first item alone."""
    for key in keys_of(table, every_item):
        for what, value in VALUES.items():
            changed = deepcopy(dict(table))
            holder = _at(changed, key[:-1])
            if value is DELETED:
                del holder[key[-1]]
            else:
                holder[key[-1]] = deepcopy(value)
            yield Mutation(key, what), changed
        if isinstance(_at(table, key), dict):
            for name in WRONG_KEYS:
                changed = deepcopy(dict(table))
                _at(changed, key)[name] = "x"
                yield Mutation((*key, name), "a key beside the others"), changed
            for name in WRONG_KEYS:
                changed = deepcopy(dict(table))
                holder = _at(changed, key[:-1])
                if isinstance(holder, dict):
                    holder[name] = holder.pop(key[-1])
                    yield Mutation((*key[:-1], name), "another name of a table"), changed
        if isinstance(_at(table, key), list):
            changed = deepcopy(dict(table))
            _at(changed, key).extend(deepcopy(_at(table, key)))
            yield Mutation(key, "each item twice"), changed
    for name in WRONG_KEYS:
        yield Mutation((name,), "a key beside the others"), {**deepcopy(dict(table)), name: "x"}


def keys_of(value: Any, every_item: bool, inside: Key = ()) -> Iterator[Key]:
    """Yield the place of each key and list item, depth first."""
    if isinstance(value, dict):
        below: list[tuple[str | int, Any]] = list(value.items())
    elif isinstance(value, list):
        below = list(enumerate(value if every_item else value[:1]))
    else:
        return
    for name, one in below:
        yield (*inside, name)
        yield from keys_of(one, every_item, (*inside, name))


def _at(table: Any, key: Key) -> Any:
    for part in key:
        table = table[part]
    return table


def toml_of(table: Mapping[str, Any]) -> str:
    """Write a table as TOML."""
    return "".join(f"{json.dumps(key, ensure_ascii=False)} = {_value(one)}\n" for key, one in table.items())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return value.isoformat() if isinstance(value, date | datetime | time) else repr(value)
