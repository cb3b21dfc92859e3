"""Translate texts and format values in the reader's language.

Names of codes are in `names`, translations in `locale/`.
"""
