"""Implement the commands of `escucha`, one module each.

`handlers` connects them with the command line.
"""
