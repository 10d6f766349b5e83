"""Asking a listener as its clients do, and judging what it answers. Knows neither Pulumi, Kubernetes nor the cloud."""
