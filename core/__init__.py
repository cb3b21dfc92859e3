"""The words every room speaks: Raw, Post, Label, Incident, Case, City; the settings; and hide, the only door to the ledger."""
