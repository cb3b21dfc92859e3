"""Measure speed and memory; the `make bench-...` commands run these."""
