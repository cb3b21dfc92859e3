"""Send requests to networks: bounded, paid before sent, failures classified.

A new network with JSON starts at `json_api`; `refusals` maps error statuses, `writing` sends answers.
"""
