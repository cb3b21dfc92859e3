"""Load what a site sets: profile, environment, bodies, calendars, plug-ins.

`city` loads the profile (its tables: `profile/`), `settings` the environment; `protocols` holds the interfaces of plug-ins.
"""
