"""Measure early warning and forecast on past data."""
