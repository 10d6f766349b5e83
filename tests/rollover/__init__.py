"""A rollover of the root CA under traffic."""
