"""Search: Elasticsearch, and only it. A view of the ledger that can be thrown away and filled again at any time.

`engine` finds the search engine or starts the embedded one, `templates` says what a document looks like (`fields` derives
it from the records), `writer` fills it, `queries` asks it. No other room imports the Elasticsearch client.
"""
