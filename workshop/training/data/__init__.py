"""Load and publish training data, and keep evaluation texts out of it."""
