"""Build a city's gazetteer folder from OpenStreetMap or a council's table."""
