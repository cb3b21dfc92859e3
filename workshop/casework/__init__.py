"""Judge the cases that triage opens: `make score-casework`."""
