"""Fit the corrections of the heads for short posts: `make train-heads`."""
