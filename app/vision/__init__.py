"""Frame to codes, pure: arrays in, readings out; no Qt, no device."""
