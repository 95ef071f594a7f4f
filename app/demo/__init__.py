"""A shift played on real parts, for a first look and as the proof that the way through is whole."""
