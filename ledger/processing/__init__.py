"""Store annotations, labels, decisions, kinds and incident memberships."""
