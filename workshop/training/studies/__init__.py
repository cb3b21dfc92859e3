"""Measure training: agreement, seeds, learning curve, ablations. Nothing ships."""
