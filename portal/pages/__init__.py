"""Serve the citizens' pages: no log-in, no script, no staff data.

start           the entrance
ask             known answers, and what is already reported
report          report a problem
my_case         what became of a report
mails           confirm an address, or end the mails
open_problems   what is open, list and map; "I see it too"
response_times  how fast the city answers
notice          the notice to citizens
open_data       the same numbers as files, with their description
"""
