"""Analyse text for searching, the same on every engine.

A post's words are reduced here (hashtags split, accents removed, stemmed by its language, synonyms made one) and indexed as they are in
the field `terms`; a query's words go the same way. `tokens` finds words with their positions, `stems` reduces one word, `vocabulary`
loads the synonyms, `terms` analyses a text. `search.queries.words` builds the engine's query and marks what was found.
"""
