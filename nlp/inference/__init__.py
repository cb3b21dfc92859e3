"""Run the model: tokenizer, encoder, heads, and the calibration of scores.

`model` is called by the annotator; `model_files` checks the files of a model against their digests.
"""
