"""Normalise texts and count their words and n-grams before inference."""
