"""Keep open incidents, and build, compare and split their cases."""
