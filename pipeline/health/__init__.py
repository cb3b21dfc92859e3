"""Watch the program itself: clock, heartbeat, fresh sources, alerts."""
