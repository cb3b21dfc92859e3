"""Triage: which posts become a case, which a person must look at, and which need nothing, and always why.

Pure rules: no input or output, no clock. Given the same posts, readings and known incidents, `decide` says the same.
"""

from triage.decide import accept, decide, join, keys_of

__all__ = ["accept", "decide", "join", "keys_of"]
