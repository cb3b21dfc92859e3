"""Measure robustness: misspelt, mixed-language and ironic posts, and prompt injections.

`python -m workshop.evaluation.robustness.make` generates `tests/gold/robustness` from a seed, `make score-robustness` measures on it.
"""
