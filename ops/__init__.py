"""`python -m ops`: what a deployed stack does and hands out, at any time and without an `up`."""
