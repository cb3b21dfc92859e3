"""Derive the thresholds of the gate from labelled posts, with a bound on what they miss."""

from triage.thresholds.derive import Scored, derive

__all__ = ["Scored", "derive"]
