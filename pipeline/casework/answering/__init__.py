"""Draft, check, approve and search answers to citizens."""
