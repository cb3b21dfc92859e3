"""Prove the quality on posts that the council labels itself.

sampling    draw posts at random, hand them out one by one, store the answers
labels      put the answers together: the labelled file, and how far two people agree
measures    quality, reach, hours, money and speed of a labelled file
figures     quality and reach with the stored annotations, for the desk
"""
