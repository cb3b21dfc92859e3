"""Authenticate users, and say what each role may do.

`security.RIGHTS` has the rights of roles; `desk/routes.py` says which right a page asks for.
"""
