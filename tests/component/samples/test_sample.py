"""The sample that ships: what it holds, what it must not hold, and that it can be made again."""

import gzip
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support.archive_files import ROOT
from tests.support.shared import SHARED, needs_shared


def test_the_sample_holds_no_author_and_nothing_redaction_would_take_out() -> None:
    from core.config.city import load_city
    from core.privacy.in_city import redact_in_city

    city = load_city(ROOT / "cities" / "madrid.toml")
    with gzip.open(ROOT / "samples/decide_madrid.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(one) for one in lines]
    assert Counter(row["kind"] for row in rows) == {"comment": 5571, "post": 2818}
    assert not {"author", "handle"} & {name for row in rows for name in row}
    assert [row["id"] for row in rows for text in (row.get("title", ""), row["text"]) if redact_in_city(text, city) != text] == []


def test_the_sample_is_the_one_its_readme_describes() -> None:
    import hashlib

    unpacked = gzip.decompress((ROOT / "samples/decide_madrid.jsonl.gz").read_bytes())
    readme = (ROOT / "samples/README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(unpacked).hexdigest() in readme
    assert "Origen de los datos: Ayuntamiento de Madrid" in readme


@needs_shared
@pytest.mark.shared
@pytest.mark.slow
def test_the_sample_can_be_made_again_byte_for_byte(tmp_path: Path) -> None:
    made = tmp_path / "again.jsonl.gz"
    subprocess.run(
        [sys.executable, "-m", "workshop.samples.build", SHARED / "data/decide_madrid_es", made], cwd=ROOT, check=True, capture_output=True
    )
    shipped = (ROOT / "samples/decide_madrid.jsonl.gz").read_bytes()
    assert made.read_bytes()[4:8] == b"\0\0\0\0"  # no time in the header
    assert gzip.decompress(made.read_bytes()) == gzip.decompress(shipped)
