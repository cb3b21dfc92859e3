"""Define what all rooms share: records, profile, settings, privacy, errors.

Messages enter the ledger only through `core.privacy.pseudonymise`.

    post, annotation, decision, case, answer    records, in the order in which a message passes through them
    read_models    one flat record for each post and case, for search, pictures, reports and export
    config         city profile, settings, plug-ins, thresholds, `bodies.toml`
    privacy        pseudonyms, redaction, encryption
    periods        bounds of a period, by the city's calendar
    i18n           translations and names
"""
