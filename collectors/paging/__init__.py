"""Page through listings over many runs, without losing a record.

Newest first: `newest_first`; opaque ids upwards: `oldest_first`; several streams of a source: `scheduler`. State: `cursor`.
"""
