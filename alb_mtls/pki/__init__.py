"""X.509 for a private CA and its clients: profiles, keys, issuing, encodings. No Pulumi, no network."""
