"""The ledger: the truth about every post, reading, decision, case and delivery, with its reason.

Every function takes the open ledger first and is told the time; none has a clock. Whatever it does happens in one transaction,
so that it may be killed at any moment and run again, by two workers at once, without changing anything twice.
"""
