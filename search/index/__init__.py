"""Define and fill the index.

`fields` derives the mapping from the records, `templates` defines the indices, `documents` makes a document, `writer` sends them in `bulk`,
`generations` names what is read and what is filled, `switch` changes from one to the other, `contents` compares with the ledger,
`districts` writes the outlines that Kibana's map shows.
"""
