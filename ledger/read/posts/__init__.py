"""Query posts: lists, counts, records and embeddings."""
