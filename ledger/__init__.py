"""Store every post, annotation, decision, case and delivery, with its reason.

The ledger is the source of truth. Every function takes the open ledger first and the time as an argument; none reads a clock. Each
works in one transaction, so that it may be killed at any moment and run again, by two workers at once, without changing anything twice.

    schema, migrations, database    tables, their versions, the connection
    ingest          pages, cursors, gaps, spending
    processing      annotations, decisions, kinds
    cases           what people do with cases and answers
    delivery        what leaves: cases, answers, reports
    indexing        what the search engine has to get
    retention       forget, erase, and keep erased
    read            the one entrance for reading
    system          users, sessions, audit, clock
    reconciliation  both sides of every balance
"""
