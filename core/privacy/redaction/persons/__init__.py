"""Find names of private persons in a text; `persons` runs all rules.

A module each for what announces a name. `context` keeps streets, schools, offices and public persons; `lexicon` has the words.
"""
