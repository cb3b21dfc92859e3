"""Query the health of sources and the progress of steps."""
