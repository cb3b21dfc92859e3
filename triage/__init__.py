"""Decide which posts become a case, need review, or need nothing.

Every decision has a reason. Pure rules: no I/O, no clock. The same posts, annotations and known incidents give the same decisions.
"""

from triage.decide import accept, decide, features_of, join, keys_of

__all__ = ["accept", "decide", "features_of", "join", "keys_of"]
