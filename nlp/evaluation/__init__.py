"""Measure the annotator on labelled posts, with confidence intervals.

For a council: `make score GOLD=file.jsonl`.
"""
