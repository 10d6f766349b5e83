"""The calls of the CLI that most scopes are made of."""

from tests.model.registrations import Command

UP = Command(kind="up")
OFF = Command(kind="up", enabled=False)
ANOTHER_CA = Command(kind="up", generation=1)
DESTROY = Command(kind="destroy")
