"""What the station keeps: the journal (the truth) and SQLite (the state and the outbox)."""
