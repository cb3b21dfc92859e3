"""Compare the embeddings of posts exactly, one with all."""

from collections.abc import Iterator, Sequence

import numpy as np
from sqlalchemy import select

from ledger import schema
from ledger.database import Ledger
from ledger.mapping import CHUNK

ROWS = 10_000


class Vectors:
    """Give the embeddings of the ledger's posts.

    `nearest` reads all of them: 768 bytes a post.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def embedding(self, post_id: str) -> bytes | None:
        """Return a post's embedding, 384 little-endian float16; None without one."""
        return embeddings(self._ledger, [post_id]).get(post_id)

    def nearest(self, vector: bytes, k: int) -> list[tuple[str, float]]:
        """Return the `k` posts with the highest cosine similarity, nearest first."""
        wanted = np.frombuffer(vector, dtype="<f2").astype(np.float32)
        best: list[tuple[str, float]] = []
        for ids, matrix in self._pieces(len(vector)):
            lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(wanted)
            scores = np.divide(matrix @ wanted, lengths, out=np.zeros(len(ids), np.float32), where=lengths > 0)
            chosen = np.argsort(-scores, kind="stable")[:k]
            best = sorted(best + [(ids[n], float(scores[n])) for n in chosen], key=lambda one: (-one[1], one[0]))[:k]
        return best

    def _pieces(self, size: int) -> Iterator[tuple[list[str], "np.ndarray[tuple[int, int], np.dtype[np.float32]]"]]:
        annotations = schema.annotations.c
        statement = select(annotations.post_id, annotations.embedding)
        with self._ledger.read() as connection:
            for rows in connection.execution_options(yield_per=ROWS).execute(statement).partitions(ROWS):
                same = [row for row in rows if len(row.embedding) == size]
                if same:
                    numbers = np.frombuffer(b"".join(bytes(row.embedding) for row in same), dtype="<f2")
                    yield [row.post_id for row in same], numbers.reshape(len(same), -1).astype(np.float32)


def embeddings(ledger: Ledger, post_ids: Sequence[str]) -> dict[str, bytes]:
    """Return the embeddings of these posts; those without one are left out."""
    annotations, found = schema.annotations.c, dict[str, bytes]()
    with ledger.read() as connection:
        for start in range(0, len(post_ids), CHUNK):
            some = annotations.post_id.in_(post_ids[start : start + CHUNK])
            for post_id, vector in connection.execute(select(annotations.post_id, annotations.embedding).where(some)):
                found[post_id] = bytes(vector)
    return found
