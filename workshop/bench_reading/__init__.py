"""Benchmark the annotator on this machine: `python -m workshop.bench_reading` (`make bench-reading`).

A lane is one implementation under test. All lanes have the same weights, those of `nlp/models`; the others get them from `encoder.onnx`
(`dequantize.py`). They process the same posts in the same order, in alternation. A lane whose package is not installed is named and not
timed.
"""
