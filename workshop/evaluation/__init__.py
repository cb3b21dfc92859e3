"""Measure single questions of the annotator: places, language, relevance, long and edited texts."""
