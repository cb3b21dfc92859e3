"""Serve dashboards, events, warnings, and pages of services and districts."""
