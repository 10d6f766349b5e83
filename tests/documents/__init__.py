"""Pages of docs/reference/ that `make docs` writes from the code; tests compare them with what stands there."""
