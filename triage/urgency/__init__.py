"""Compute the priority of cases, and who is reminded of them."""
