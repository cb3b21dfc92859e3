"""Send case events to other systems as signed CloudEvents 1.0.

The signature is that of Standard Webhooks. Not a contact centre: nothing comes back but a status. `message` builds and signs an event,
`sending` posts it, and `outcome` says what the receiver's response means.
"""
