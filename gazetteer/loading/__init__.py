"""Load the files of a city's folder that make its gazetteer."""
