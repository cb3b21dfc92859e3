"""The story of Escucha, one file a step, in this order:

    collect    read new posts of each source, pseudonymise them, store page and cursor together; ask which were deleted
    classify   annotate the posts that wait, from one pass of the model
    triage     match posts with incidents; decide case, review or no case, with the reason
    deliver    hand waiting cases to the outside contact centre, each once
    follow     bring the state of delivered cases home
    index      bring the search engine up to the ledger
    report     write and mail the reports that are due
    forget     remove what is older than the retention
    verify     compare both sides of every balance

Each step claims its work from the ledger and writes its result back in one transaction: it can be run alone, again, at any time, by two
workers at once, and changes nothing twice. `context` holds what every step works with. Beside the steps: what staff do (`casework`,
`accounts`), what comes in by itself (`receive`), what a citizen may ask for (`erase`, `data_subject`), and what is written out (`export`).
"""
