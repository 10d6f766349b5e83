"""`doctor`: everything that an `up` will need, tried without changing anything."""
