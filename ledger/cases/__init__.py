"""Change cases as staff decide: workflow, reviews, corrections and rulings.

Every step is in the history.

    workflow                        states of a case, notes
    ownership                       who works on a case, who watches it
    merging, memberships            merge, split, move posts, common cause; counters
    fields                          topic and place of a case; votes of its posts
    changes, undo                   what people changed, and its opposite
    reviews, corrections, rulings   what people decided on posts; training data
    withdrawal                      close a case that is left without cause
    answers                         drafts and approvals (sent by `ledger.delivery.answers`)
    events                          what webhooks are notified of
    history, revisions              transitions, and the version that a form must carry
"""
