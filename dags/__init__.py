"""Define when each step of the pipeline runs."""
