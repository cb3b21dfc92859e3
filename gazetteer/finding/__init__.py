"""Find place names in a text and choose between them."""
