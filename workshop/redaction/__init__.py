"""Measure redaction on labelled posts: `make score-redaction`."""
