"""Handshakes with a listener, as its clients make them, and what they show.

Knows neither Pulumi, Kubernetes nor the cloud.
"""
