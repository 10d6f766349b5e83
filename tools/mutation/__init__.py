"""Mutation testing of the library, by hand and not in `make test`: `python -m tools.mutation --help`."""
