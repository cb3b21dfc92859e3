"""Store what citizens do on the portal: receipts, contacts, services, sightings.

receipts    the number of a report
contacts    the address that its citizen gave, apart
services    which service a citizen names
sightings   "I see it too"
"""
