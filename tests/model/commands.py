"""The calls of the CLI that most scopes are made of."""

from tests.model.registrations import Command

UP = Command(kind="up")
OFF = Command(kind="up", enabled=False)
ANOTHER_CA = Command(kind="up", generation=1)
DESTROY = Command(kind="destroy")
HOST = "demo.alb.ingress.top"
"""On the listeners, whoever lists it."""
LISTED = Command(kind="up", hosts=(HOST,))
NOT_LISTED = Command(kind="up", hosts=("another.example",))
