"""Reads what a survey has found out about a real account, and makes a lab do the same."""
