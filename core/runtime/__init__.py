"""Handle the process itself: streams, deadlines, garbage collection, failpoints."""
