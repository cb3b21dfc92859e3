"""Keep the history of cases, and undo changes."""
