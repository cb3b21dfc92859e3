"""Connect to the search engine.

`engine` finds it or starts the embedded one, `transport` sends its requests, `circuit_breaker` stops asking while it does not answer.
"""
