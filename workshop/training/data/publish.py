"""Build data/training from the source sets: `python -m workshop.training.data.publish ../shared/data`.

Texts are redacted as posts are, so no handle, number, address or name of a private person is published. Training redacts texts anyway and
redaction changes nothing the second time, so examples are the same from either folder. Reproducible: the same files give the same bytes.
"""

import argparse
import gzip
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.privacy.redaction.text import redact as redact_anywhere
from workshop.training.data.decide_madrid import load_texts
from workshop.training.data.example import SHARED, load_json_lines
from workshop.training.data.redacted import redact
from workshop.training.data.sources import PUBLIC

Row = dict[str, Any]
PACKED = ("places_en/train", "places_en/dev", "bengaluru_en/train", "cimt_cycling_de/train")
LICENCES = (
    "bengaluru_en/LICENSE-MIT.txt",
    "cimt_cycling_de/TERMS-OF-USE-Bonn.txt",
    "cimt_cycling_de/TERMS-OF-USE-Ehrenfeld.txt",
    "cimt_cycling_de/TERMS-OF-USE-Moers.txt",
)
LABELLED = "decide_madrid_labelled_es/train.jsonl"


def main(data: Path = SHARED, target: Path = PUBLIC) -> None:
    """Write every published file; README.md and GUIDE.md are written by hand."""
    for name in PACKED:
        _write(target / f"{name}.jsonl.gz", map(_redacted, load_json_lines(data / f"{name}.jsonl")))
    for name in LICENCES:  # some are in Latin-1
        (target / name).write_bytes(_as_utf8((data / name).read_bytes()))
    _write(target / LABELLED, labels_only(load_json_lines(data / LABELLED), load_texts(target)))
    for path in sorted((data / "incidents_es").glob("author_*/*.jsonl")):
        _copy(path, target / path.relative_to(data))
    about = (data / "incidents_es" / "README.md").read_text(encoding="utf-8")
    (target / "incidents_es" / "README.md").write_text(about.replace("../council_posts_es/GUIDE.md", "../GUIDE.md"), encoding="utf-8")


def labels_only(rows: Iterable[Row], texts: dict[str, str]) -> Iterable[Row]:
    """Yield the rows without their text where the sample has it.

    Args:
        rows: labelled texts of Decide Madrid with `id` and `text`.
        texts: by id, the texts of samples/decide_madrid.jsonl.gz, shortened as they were for labelling.
    """
    for row in rows:
        text = redact(row["text"])
        same = redact(texts[row["id"].removeprefix("decide_madrid:")]) == text
        yield {key: value for key, value in (row | {"text": text}).items() if key != "text" or not same}


def _redacted(row: Row) -> Row:
    """Redact a row of a set from abroad."""
    return row | {key: redact_anywhere(row[key]) for key in ("title", "text") if row.get(key)}


def _write(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    # omit the time from the header of gzip, so that the same rows give the same bytes
    path.write_bytes(gzip.compress(raw, 9, mtime=0) if path.suffix == ".gz" else raw)


def _as_utf8(raw: bytes) -> bytes:
    try:
        return raw.decode("utf-8").encode()
    except UnicodeDecodeError:
        return raw.decode("latin-1").encode()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m workshop.training.data.publish", description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=SHARED)
    parser.add_argument("target", type=Path, nargs="?", default=PUBLIC)
    main(**vars(parser.parse_args()))
