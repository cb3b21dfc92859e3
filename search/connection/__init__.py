"""Reach the search engine: `engine` finds it or starts the embedded one, `transport` speaks to it, `circuit_breaker` spares it."""
