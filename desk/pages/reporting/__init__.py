"""Serve reports, subscriptions, the forecast and the assistant."""
