"""Script servers on loopback that behave like the networks.

The real client libraries use them unmodified.
"""
