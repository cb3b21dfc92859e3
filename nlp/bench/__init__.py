"""How fast the reader is on this machine, and that its speed costs nothing: `python -m nlp.bench` (`make bench-reading`).

All lanes have the same weights, those of `nlp/models`: the others get them from `encoder.onnx` (`dequantize.py`). They read the same
posts in the same order and take turns. A lane whose program is not installed is named and not timed.
"""
