"""Pseudonymise, redact and encrypt personal data before anything is stored."""
