"""Store what citizens do on the portal: receipts, sightings, votes.

receipts    the number of a report
sightings   "I see it too"
"""
