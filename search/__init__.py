"""Index and query posts and cases in Elasticsearch or a compatible engine.

The index is a view of the ledger that can be deleted and rebuilt at any time. `engine` finds the search engine or starts the embedded one,
`templates` defines the documents (`fields` derives their mapping from the records), `writer` fills the index, `queries` searches it. Only
this package imports the Elasticsearch client.
"""
