"""Send each message once, by one rule for every kind.

A kind (`kinds.MessageKind`) says what is due and composes a message; one whose channel can be asked (`kinds.TracedKind`) looks for it
first. A channel is how it leaves: mail, signed webhook, a network. A worker claims a message, composes it, opens its channel, renews the
claim and sends: one that lost its claim sends nothing.

kinds: what a kind supplies, and the exceptions by which it says "not now" and "not any more"
outcomes: what an answer of the world means: sent, later, given up
channels: hand a message over, and read the answer
sending: plan, claim, compose, renew, send, settle
people: try again, withdraw
"""
