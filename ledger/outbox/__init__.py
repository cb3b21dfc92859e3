"""Keep the outbox: each message is a row before it is sent.

    pending -> sending (claimed by a worker) -> sent, pending (again later), refused, withdrawn

Kind, subject and receiver identify a message, so that it is planned once. A claim ends with its lease: another worker then claims the
row, and the first one can neither renew it nor store an outcome.

planning: add what is due, delete what is no longer known
claims: claim, renew and settle an attempt
channels: rest, stop, resume a channel
rows: rows as records
people: try again and withdraw by hand
"""
