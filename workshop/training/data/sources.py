"""Find the labelled sets, in ../shared/data or else in data/training.

What the licences allow to publish is in data/training (its README lists sources and licences); its texts are redacted. Other sets stay
outside the repository: training runs without them, and `missing_sets` tells how to obtain them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config.plugins import ROOT
from workshop.training.data.example import load_json_lines

PUBLIC = ROOT / "data" / "training"


@dataclass(frozen=True)
class UnpublishedSet:
    """Describe a set that is not in the repository."""

    name: str
    files: tuple[str, ...]
    use: str
    """What the training loses without it."""
    obtain: str


_LABEL_YOURSELF = (
    "these tweets have no licence, so their texts cannot be passed on; label posts of your own councils after data/training/GUIDE.md and "
    "save them as JSON lines with id, text, sentiment, intent, topic, actionable and places"
)
UNPUBLISHED = (
    UnpublishedSet(
        "council_posts_es",
        ("council_posts_es/train.jsonl", "council_posts_es/dev.jsonl"),
        "1,100 posts to councils and the evaluation set `dev`: intent, topic and `actionable` of short posts get worse",
        _LABEL_YOURSELF,
    ),
    UnpublishedSet(
        "council_announcements_es",
        ("council_announcements_es/labelled.jsonl",),
        "1,400 announcements of councils: `news` gets worse",
        _LABEL_YOURSELF,
    ),
    UnpublishedSet(
        "umsab",
        tuple(
            f"umsab/{language}_{split}.jsonl"
            for language in ("spanish", "english", "portuguese", "french", "italian", "german")
            for split in ("train", "val", "test")
        ),
        "11,000 tweets in six languages: sentiment outside Spanish gets worse and is not measured",
        "https://github.com/cardiffnlp/xlm-t, data/sentiment (research use): write each split as JSON lines with text and sentiment",
    ),
    UnpublishedSet(
        "complaints_en",
        ("complaints_en/all.jsonl",),
        "the table of complaints in tweets is left out of the report",
        "the data of Preotiuc-Pietro et al. (ACL 2019) and Singh et al. (2023): write it as JSON lines with text and complaint",
    ),
)


def find_file(data: Path, name: str) -> Path | None:
    """Return the file `name` (`umsab/spanish_train.jsonl`) in `data`, else in PUBLIC.

    PUBLIC may hold it gzipped. None: in neither.
    """
    return next((path for path in (data / name, PUBLIC / name, PUBLIC / f"{name}.gz") if path.is_file()), None)


def find_folder(data: Path, name: str) -> Path:
    """Return a set's folder in `data`, else in PUBLIC."""
    return data / name if (data / name).is_dir() else PUBLIC / name


def load_rows(data: Path, name: str) -> list[dict[str, Any]]:
    """Load the records of a set's file; empty if missing."""
    path = find_file(data, name)
    return [] if path is None else load_json_lines(path)


def missing_sets(data: Path) -> list[UnpublishedSet]:
    """Return the sets of which a file is missing."""
    return [one for one in UNPUBLISHED if any(find_file(data, name) is None for name in one.files)]


def describe_missing(data: Path, sets: Sequence[UnpublishedSet]) -> str:
    """Describe each missing set in a line: effect and source."""
    return "\n".join(
        f"{one.name} is missing ({_shorten(one.files)} in {data}). Without it: {one.use}. To obtain it: {one.obtain}." for one in sets
    )


def require_sets(data: Path, names: Sequence[str], purpose: str) -> None:
    """Exit with a message if one of these sets is missing."""
    missing = [one for one in missing_sets(data) if one.name in names]
    if missing:
        text = describe_missing(data, missing)
        raise SystemExit(f"{purpose} needs sets that are not in the repository; set ESCUCHA_DATA to their folder.\n{text}")


def _shorten(files: tuple[str, ...]) -> str:
    return ", ".join(files) if len(files) <= 2 else f"{files[0]} and {len(files) - 1} more"
