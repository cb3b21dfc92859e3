"""Exercise 50 cases in a browser, on the desk and by hand.

town        the ledger: 59 posts in 50 cases, of which 10 are about the same thing as another one
hands       a browser page that counts clicks, keys and seconds
desk_way    the same work on the desk
plain_way   the same work by hand, on the plain pages of `plain_pages`
"""
