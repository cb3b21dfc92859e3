"""Find unusual rises within the hour and send notices of them.

sightings: the posts of the ledger as `trends` counts them
phrases of a warning: its reason and name (`words`)
sending: mail and webhook of a notice, each receiver once
"""
