"""Run the steps of Escucha, one file a step, in this order.

    collect    fetch new posts of each source, pseudonymise them, store page and cursor together; sync upstream deletions
    classify   annotate the pending posts, from one pass of the model
    triage     match posts with incidents; decide case, review or no case, with the reason
    warn       find unusual rises, warn of each once, with follow-ups and an end
    deliver    hand pending cases to the outside contact centre, each once
    follow     copy the state of delivered tickets into the case history
    answer     send approved answers where the citizens asked, each once
    index      bring the search engine up to the ledger
    alert      alert people of what newly matches their saved views, each post or case once
    report     write and mail the reports that are due, and those that people subscribed to
    forget     remove what is older than the retention
    verify     compare both sides of every balance

Each step claims its work from the ledger and writes its result back in one transaction: it can be run alone, again, at any time, by two
workers at once, and changes nothing twice. `context` holds what every step works with. Beside the steps:

    casework, case_ownership, case_grouping, case_fields, competence    what staff do with cases
    case_answers    draft, approve, reject and copy answers
    accounts        users of the desk
    api_tokens      tokens of systems that only read
    receive         posts pushed to the inbox
    saved_views     views of posts and cases that staff save, and the alerts on them
    webhooks        events of cases for other systems (a part of `deliver`)
    erase, data_subject    requests of data subjects
    subscriptions   reports to those who subscribed (a part of `report`)
    export          posts, labels, cases and corrections as files
"""
