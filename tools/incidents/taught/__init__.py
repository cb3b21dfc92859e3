"""Teach text models "the same incident", and measure what they add to the pair model."""
