"""Describe the files of a model as its manifest does."""

import hashlib
from pathlib import Path

from nlp.inference.model_files import File


def describe_file(path: Path) -> File:
    """Return digest and size of one file."""
    raw = path.read_bytes()
    return File(sha256=hashlib.sha256(raw).hexdigest(), bytes=len(raw))
