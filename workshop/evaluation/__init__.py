"""Measure the annotator by question: places, language, relevance, robustness."""
