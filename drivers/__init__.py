"""Devices as they are: bytes and pictures. Knows nothing of the app, Qt, SQLite or HTTP."""
