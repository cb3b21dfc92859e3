"""Store what citizens do on the portal: receipts, contacts, sightings.

receipts    the number of a report
contacts    the address that its citizen gave, apart
sightings   "I see it too"
"""
