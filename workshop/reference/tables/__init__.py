"""Write the pages of the reference that are tables."""
