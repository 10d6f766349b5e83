"""`python -m ops`: what a deployed stack does and hands out, asked at any time and without an `up`."""
