"""Measure which posts triage lets through: `make score-gate`."""
