"""Reports: what was said, what was done and how fast, as a page, a PDF, a mail and open data; numbers from the ledger alone."""
