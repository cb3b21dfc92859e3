"""Claim what has to leave, and record what became of it.

Each leaves once.

    deliveries, external_status    cases in the contact centre
    answers                        approved answers to citizens
    sent_reports                   mails of reports
    subscriptions                  mails of subscriptions to reports
"""
