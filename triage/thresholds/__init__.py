"""Derive triage thresholds from labelled posts, with a miss bound."""

from triage.thresholds.derive import Scored, derive

__all__ = ["Scored", "derive"]
