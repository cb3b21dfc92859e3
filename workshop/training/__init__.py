"""Train the model from labelled posts: `make train`.

In order: `data/`, `train/` (encoder), `heads/` (short posts), `export/` (eight bits, calibration), `model_card/`.
"""
