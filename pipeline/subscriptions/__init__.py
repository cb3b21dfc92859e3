"""Send reports to those who subscribed to them.

due        which subscription is due, for which period
changes    subscribe, pause, resume, end, send again
receivers  who gets a mail, and whether he still may
links      the signed address by which a reader unsubscribes
mail       compose the mail
sending    the step: plan what is due, send each mail once
"""
