"""Derive triage thresholds from labelled posts, with a miss bound."""

from triage.thresholds.derive import Scored, derive
from triage.thresholds.topics import Matter, derive_topics

__all__ = ["Matter", "Scored", "derive", "derive_topics"]
