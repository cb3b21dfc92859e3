"""Parts of redaction that need more than a pattern: folding, handles, names of private persons, disguised numbers."""
