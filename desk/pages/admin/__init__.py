"""Serve the pages of administrators: users, audit log, first set-up."""
