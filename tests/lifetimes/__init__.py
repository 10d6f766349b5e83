"""Certificates that live for minutes, renewed by unattended `up`s."""
