"""The rules of the trade, pure: no Qt, no I/O, no clock, no randomness, no logging.

Time, ids and everything that the store knows come in as arguments; what goes out is a value.
"""
