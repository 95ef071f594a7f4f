"""From the bytes a device saw to what they mean: one rule table, one answer."""
