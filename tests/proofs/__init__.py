"""Evidence for what a proof passes and what it does not; not part of `make test`."""
