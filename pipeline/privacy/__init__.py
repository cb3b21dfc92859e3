"""Serve the rights of citizens: access, erasure and objection."""
