"""Find unusual rises within the hour and send notices of them.

sightings: the posts of the ledger as `trends` counts them
sending: mail and webhook of a notice, each receiver once
"""
