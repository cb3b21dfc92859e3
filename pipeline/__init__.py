"""Run the steps of Escucha in this order, one file each.

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
workers at once, and changes nothing twice. `context` holds what every step works with; `run` runs all of them. Beside the steps:

    casework        what staff do with cases; `casework.answering`: draft, approve, reject and copy answers
    portal          what citizens do on the portal, and the mails to them
    saved_views     views of posts and cases that staff save, and the alerts on them
    subscriptions   reports to those who subscribed (a part of `report`)
    warnings        the mails and webhooks of early warnings (a part of `warn`)
    webhooks, case_events    events of cases for other systems (a part of `deliver`)
    access          users of the desk, keys and tokens of systems
    city            the settings of the city: change, try, compare with other cities
    privacy         requests of data subjects
    assistant       what the council's own language model writes
    health          heartbeat and alarms
    export, explain    posts, labels and cases as files; the reasons of a label
"""
