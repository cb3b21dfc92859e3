"""Index and query posts and cases in Elasticsearch or a compatible engine.

The index is a view of the ledger that can be deleted and rebuilt at any time. `connection` finds the search engine or starts the embedded
one, `analysis` reduces words, `index` defines the documents and fills them, `queries` searches: readers import its public names and
nothing else. Only this package imports the Elasticsearch client.
"""
