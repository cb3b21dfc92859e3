"""Train, measure and generate: what developers run and operation does not."""
