"""Runs the tests behind the marker `faults` and keeps what came of each cell in docs/evidence/faults.md."""
