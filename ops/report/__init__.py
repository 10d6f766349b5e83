"""`report`: evidence for whoever would rather look than read, as one HTML page and as JSON."""
