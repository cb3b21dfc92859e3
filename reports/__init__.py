"""Write reports: page, PDF, e-mail and open data, from the ledger alone.

They show what citizens wrote, what the city did and how fast.

    build      periods, numbers, examples
    document   summary, sections, charts
    output     page, PDF, mail, open data
    publish    writes them; `pipeline.steps.report` decides when, and mails each once
"""
