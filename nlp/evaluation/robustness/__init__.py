"""Robustness: the same posts written badly, mixed with other languages, meant the other way round, or with orders to a machine in them.

`python -m nlp.evaluation.robustness.make` makes `tests/gold/robustness` anew from a seed, `make score-robustness` measures on it.
"""
