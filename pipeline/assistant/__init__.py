"""Ask a language model for summaries, translations and drafts for staff.

Off unless `[assistant]` names one. Only redacted texts leave, without authors, addresses or ids of posts. What comes back is shown as
machine-written and is never stored, approved or sent by itself.

    client        one request: budget, time, size, one retry
    material      the posts that are given, by numbers of their own
    summary       sentences, each with the posts it rests on, or left out
    translation   a post in the language of the reader
    drafting      an answer, for a person to change and approve
"""
