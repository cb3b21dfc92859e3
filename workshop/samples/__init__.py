"""Build the posts of `samples/` from the published files."""
