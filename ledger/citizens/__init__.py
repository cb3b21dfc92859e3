"""Store what citizens do on the portal: receipts, contacts, cases, services, sightings.

receipts    the number of a report
contacts    the address that its citizen gave, apart
following   which case a report belongs to, as its citizen says
services    which service a citizen names
sightings   "I see it too"
"""
