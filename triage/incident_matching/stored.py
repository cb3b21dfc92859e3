"""Store the features of a post beside its annotation.

So they are made once. The bytes begin with a digest of the rules that made them: the code, the word lists, the weights, the city's names
and places. Bytes of other rules are not read: the features are made again.
"""

from collections.abc import Sequence
from dataclasses import fields
from hashlib import blake2b
from pathlib import Path
from zlib import compress, decompress, error

from pydantic import TypeAdapter

from core.config.plugins import ROOT
from core.records.annotation import Annotation
from core.records.post import Post
from core.runtime.digest import LENGTH, digest_of
from core.runtime.one_filler import one_filler
from triage.incident_matching.grams import grams_of
from triage.incident_matching.post_features import PostFeatures, StoredFeatures, vectors
from triage.incident_matching.vocabulary import Vocabulary

MADE_BY = (
    *((room, kind) for room in ("triage", "gazetteer", "core") for kind in ("*.py", "*.toml", "*.json")),
    ("locales", "*.*"),
    ("locale", "names.po"),
    ("collectors", "part.toml"),
)
"""Files of each folder that make features what they are."""
FAST = 1
_ADAPTER = TypeAdapter(StoredFeatures)
_NAMES = tuple(one.name for one in fields(StoredFeatures))


def pack(features: PostFeatures, rules: bytes) -> bytes:
    """Return features as bytes, some 1.5 KB for a short post."""
    return rules + compress(_ADAPTER.dump_json(features), FAST)


def unpack(stored: bytes | None, rules: bytes, post: Post, annotation: Annotation, vocabulary: Vocabulary) -> PostFeatures | None:
    """Return the stored features of a post.

    None: none are stored, other rules made them, or they are damaged.

    Args:
        stored: the bytes that `pack` made.
        rules: the digest of the rules now.
        post: the post as it is now; its text is the one that the features are of.
        annotation: its annotation, for the embedding.
        vocabulary: the weights' words and map.
    """
    if stored is None or not stored.startswith(rules):
        return None
    try:
        made = _ADAPTER.validate_json(decompress(stored[LENGTH:]))
    except (error, ValueError):
        return None
    said = {name: getattr(made, name) for name in _NAMES}
    return PostFeatures(post=post, grams=grams_of(made.said), **vectors(annotation, vocabulary), **said)


def rules_of(folder: Path | None, names: Sequence[str], vocabulary: Vocabulary) -> bytes:
    """Return the digest of everything that makes features what they are.

    Args:
        folder: the city's folder; None: it has none.
        names: names and handles of the city.
        vocabulary: the weights' words and map.
    """
    parts = (_of_files(folder), repr(tuple(names)).encode(), vocabulary.digest)
    return blake2b(b"|".join(parts), digest_size=LENGTH).digest()


@one_filler(maxsize=8)
def _of_files(folder: Path | None) -> bytes:
    tops = [(ROOT / top, kind) for top, kind in MADE_BY] + ([(folder, "*.*")] if folder else [])
    return digest_of((f"{top.name}/{path.relative_to(top)}", path) for top, kind in tops for path in top.rglob(kind) if path.is_file())
