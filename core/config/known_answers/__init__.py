"""Load and check the known answers of a city."""
