"""Give the keys under which a post is found: thread, place, house, line, name, rare word, author, topic, district, hour."""

from hashlib import blake2b

from triage.incident_matching.post_features import PostFeatures

RARE_WORDS = 10
WEIGHT = {"t": 20.0, "h": 8.0, "p": 6.0, "l": 5.0, "n": 4.0, "a": 2.0, "d": 1.5, "s": 1.0, "c": 0.5, "r": 0.5}
"""What a shared key of each kind is worth when candidates are ranked; a word counts by its rarity."""
WORD = 0.25
TOPIC_HOURS = 6


def keys_of(form: PostFeatures) -> dict[int, float]:
    """Return the keys under which a post is filed, with what sharing each is worth; a comment in a debate under none."""
    if form.comments:
        return {}
    return _hashed(form, _words_of(form))


def sought(form: PostFeatures, own: dict[int, float] | None = None) -> dict[int, float]:
    """Return the keys to look under: its own (`own`: known already), and its topic and any topic in the block of hours before."""
    if form.comments:
        return {}
    before = _block(form) - 1
    more = _hashed(form, {f"s:{form.topic}:{before}": WEIGHT["s"], f"r:{before}": WEIGHT["r"]})
    return (keys_of(form) if own is None else own) | more


def _words_of(form: PostFeatures) -> dict[str, float]:
    keys = {f"t:{form.post_id}": WEIGHT["t"]}
    keys |= {f"t:{other}": WEIGHT["t"] for other in (form.reply_to, form.thread) if other}
    keys |= {f"p:{key}": WEIGHT["p"] for key in form.candidates}
    keys |= {f"h:{word}:{number}": WEIGHT["h"] for word, number in form.houses}
    keys |= {f"l:{line}": WEIGHT["l"] for line in form.lines}
    keys |= {f"n:{name}": WEIGHT["n"] for name in form.names}
    rarest = sorted(form.stems.items(), key=lambda each: (-each[1], each[0]))[:RARE_WORDS]
    keys |= {f"w:{stem}": weight * WORD for stem, weight in rarest}
    if form.author:
        keys[f"a:{form.author}"] = WEIGHT["a"]
    keys |= {f"d:{district}:{form.topic}": WEIGHT["d"] for district in form.districts}
    keys |= {f"c:{form.topic}": WEIGHT["c"], f"r:{_block(form)}": WEIGHT["r"]}
    return keys | {f"s:{form.topic}:{_block(form)}": WEIGHT["s"]}


def _block(form: PostFeatures) -> int:
    return int(form.at // (3600 * TOPIC_HOURS))


def _hashed(form: PostFeatures, keys: dict[str, float]) -> dict[int, float]:
    """Hash the keys; what is played again from an archive, and examples, are filed apart from what people say now."""
    return {_hash(f"{form.post.world}:{key}"): worth for key, worth in keys.items()}


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
