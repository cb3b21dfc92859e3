"""Write a report's sentences, tables and charts in one language.

`document` is the result, which `output/` renders in each format.
"""
