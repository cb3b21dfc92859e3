"""Change which posts belong to which case."""
