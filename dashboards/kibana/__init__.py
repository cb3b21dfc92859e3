"""Dashboards for Kibana: the panels as saved objects, to import by hand or to push."""
