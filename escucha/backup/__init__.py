"""Back up the ledger into an encrypted file, and restore it without what was erased since."""
