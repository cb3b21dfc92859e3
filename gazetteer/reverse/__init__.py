"""Describe a point: the nearest street, the barrio it lies in."""
