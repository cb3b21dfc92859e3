"""Change, try and compare the profile of a city."""
