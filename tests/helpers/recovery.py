"""What must hold after a recovery, asked of the listener, CAS and the lab's journal, not of the program."""

from pathlib import Path

from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import ask
from tests.helpers.world import World


def assert_in_force(lab: LabHandle, stack: Stack, folder: Path) -> None:
    """Listener 443 of AlbConfig alb accepts alice and nobody else, with the one CA there is in CAS."""
    world = World.of(lab)
    assert len(world.repositories) == 1, world.repositories
    assert len(world.certificates) == 1, world.certificates
    assert world.element("alb", 443)["caEnabled"] is True
    assert world.element("alb", 443)["caCertificates"] == [{"CertificateId": world.certificates[0]}]
    assert ask(lab, folder=folder) == "refused"
    assert ask(lab, client=stack.clients()["alice"], folder=folder) == "old"


def assert_never_unbound_by_force(lab: LabHandle) -> None:
    """Nobody even tried to delete a CA that a listener binds: the lab would have refused."""
    refused = [c for c in lab.management.get("/journal").json() if c["api"] == "DeletePCACert" and c["code"]]
    assert refused == []
