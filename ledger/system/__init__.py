"""Store users, sessions, the audit log, the clock and the heartbeat."""
