"""Write the dashboards as JSON of Kibana's Dashboards API.

It is generally available from Kibana 9.5 on. The public names are `bodies.bodies` (a body per dashboard id) and `bodies.left_out` (what
the API cannot express). Keys and types follow the OpenAPI document that Elastic publishes (github.com/elastic/dashboards-api-spec, read in
November 2026); `tests/support/dashboards_api/` holds them as models that forbid every other key. Operations are translated from the
columns of Lens, so that a panel has one description.
"""
