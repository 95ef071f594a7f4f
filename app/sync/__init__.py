"""The way to the central server: events out, master data in. Never in the path of a verdict."""
