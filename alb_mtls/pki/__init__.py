"""X.509 for a private CA and its clients: profiles, keys, issuing, encodings. Pure: no Pulumi, no I/O, no clock."""
