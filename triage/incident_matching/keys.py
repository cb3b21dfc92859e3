"""Compute the keys under which a post is found.

Thread, place, house, line, name, rare word, author, topic, district, hour.
"""

from hashlib import blake2b

from triage.incident_matching.post_features import PostFeatures

RARE_WORDS = 10
WEIGHT = {"t": 20.0, "h": 8.0, "p": 6.0, "l": 5.0, "n": 4.0, "a": 2.0, "d": 1.5, "s": 1.0, "c": 0.5, "r": 0.5}
"""Weight of a shared key of each kind for ranking candidates; a word counts by its rarity."""
WORD = 0.25
TOPIC_HOURS = 6


def keys_of(features: PostFeatures) -> dict[int, float]:
    """Return the keys of a post, with the weight of sharing each.

    A comment in a debate has none.
    """
    if features.comments:
        return {}
    return _hashed(features, _words_of(features))


def search_keys(features: PostFeatures, own: dict[int, float] | None = None) -> dict[int, float]:
    """Return the keys to search: its own and those of earlier hours.

    Its topic, and any topic, in the block of hours before.

    Args:
        own: the keys of the post, if already computed.
    """
    if features.comments:
        return {}
    before = _block(features) - 1
    more = _hashed(features, {f"s:{features.topic}:{before}": WEIGHT["s"], f"r:{before}": WEIGHT["r"]})
    return (keys_of(features) if own is None else own) | more


def _words_of(features: PostFeatures) -> dict[str, float]:
    keys = {f"t:{features.post_id}": WEIGHT["t"]}
    keys |= {f"t:{other}": WEIGHT["t"] for other in (features.reply_to, features.thread) if other}
    keys |= {f"p:{key}": WEIGHT["p"] for key in features.candidates}
    keys |= {f"h:{word}:{number}": WEIGHT["h"] for word, number in features.houses}
    keys |= {f"l:{line}": WEIGHT["l"] for line in features.lines}
    keys |= {f"n:{name}": WEIGHT["n"] for name in features.names}
    rarest = sorted(features.stems.items(), key=lambda each: (-each[1], each[0]))[:RARE_WORDS]
    keys |= {f"w:{stem}": weight * WORD for stem, weight in rarest}
    if features.author:
        keys[f"a:{features.author}"] = WEIGHT["a"]
    keys |= {f"d:{district}:{features.topic}": WEIGHT["d"] for district in features.districts}
    keys |= {f"c:{features.topic}": WEIGHT["c"], f"r:{_block(features)}": WEIGHT["r"]}
    return keys | {f"s:{features.topic}:{_block(features)}": WEIGHT["s"]}


def _block(features: PostFeatures) -> int:
    return int(features.at // (3600 * TOPIC_HOURS))


def _hashed(features: PostFeatures, keys: dict[str, float]) -> dict[int, float]:
    """Hash the keys; live, replayed and example posts get different ones."""
    return {_hash(f"{features.post.provenance}:{key}"): weight for key, weight in keys.items()}


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
