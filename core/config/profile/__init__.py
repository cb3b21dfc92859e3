"""Define the tables of a city's profile, one module a table."""
