"""Back up and restore the ledger.

A backup is encrypted; a restore leaves out what was erased since.
"""
