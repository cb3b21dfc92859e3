"""Scripted servers on loopback that speak like the networks do, through the real client libraries unmodified."""
