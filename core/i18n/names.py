"""Load the English names of codes, by kind of code.

`names.toml` has them, `locale/es/names.po` the Spanish ones; those of a part are in its manifest.
"""

import tomllib
from pathlib import Path

from core.parts import manifests

NAMES: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
for _kind, _room in (("source", "collectors"), ("question", "nlp"), ("ticket_system", "contact_centre")):
    NAMES[_kind] = {name: one.name["en"] for name, one in manifests(_room).items()} | NAMES.get(_kind, {})
