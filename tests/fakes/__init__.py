"""Cluster, ALB and CAS in memory, as the program's clients of them answer."""
