"""Claim what has to leave, and record what became of it.

Each leaves once.

    deliveries, external_status    cases in the contact centre
    merged_tickets, moves          tickets of merged cases, and of cases that changed their service
    answers                        what became of approved answers in the outbox
    subscriptions                  mails of subscriptions to reports
"""
