"""Stacks on the lab: the real engine, the real program, one project folder for each test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.pki.keys import generate_private_key
from tests.helpers.certificates import P256 as P256_KEY
from tests.helpers.certificates import signing_request
from tests.helpers.clear_text import in_the_clear
from tests.helpers.initialized import init_like_the_first
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import HOSTS, P256, WITHOUT_HANDSHAKES, listener, stack_config, stack_environment

MakeStack = Callable[..., Stack]


@pytest.fixture(autouse=True)
def nothing_in_the_clear() -> Iterator[None]:
    """Whatever a test was about, what its stacks and those of its module left behind holds no secret in the clear."""
    older = list(Stack.made)
    yield
    found = in_the_clear(Stack.made)
    Stack.made[:] = older
    assert [str(each) for each in found] == []


@contextmanager
def stacks_in(folder: Path, lab: LabHandle) -> Iterator[MakeStack]:
    """Make stacks in a state of their own, and look at what they left when nobody needs them any more."""
    environment = stack_environment(lab, folder)
    stacks: list[Stack] = []

    def make(name: str = "test", *, passphrase: bool = False, **overrides: Any) -> Stack:
        stack = Stack(
            name=name,
            folder=folder / name,
            environment=environment,
            # The first one may have had another key.
            initialize=Stack.init if passphrase else init_like_the_first,
            passphrase=passphrase,
        )
        stacks.append(stack)
        stack.configure(stack_config(lab, **overrides))
        return stack

    yield make
    found = in_the_clear(stacks)
    Stack.made[:] = [each for each in Stack.made if each not in stacks]
    assert [str(each) for each in found] == []


@pytest.fixture
def make_stack(lab: LabHandle, tmp_path: Path) -> Iterator[MakeStack]:
    """Make stacks in a state of their own; whatever they hold when the test ends is let go with the lab's reset."""
    with stacks_in(tmp_path, lab) as make:
        yield make


@pytest.fixture
def stack(make_stack: MakeStack) -> Stack:
    """One stack with the client alice on listener 443 of AlbConfig alb, not deployed yet."""
    return make_stack()


@pytest.fixture
def quick_stack(make_stack: MakeStack) -> Stack:
    """The same for a test that is not about proofs: it makes no handshakes of its own."""
    return make_stack(proof=WITHOUT_HANDSHAKES)


@pytest.fixture(scope="module")
def deployed(shared_lab: LabHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack on both listeners of AlbConfig alb-two, with a client that has a key and one that keeps its own."""
    shared_lab.reset()
    folder = tmp_path_factory.mktemp("ops")
    request = signing_request(generate_private_key(P256_KEY), "device")
    (folder / "device.pem").write_bytes(request.public_bytes(Encoding.PEM))
    with stacks_in(folder, shared_lab) as make:
        stack = make(
            clients=[{"name": "alice", "key": P256}, {"name": "device", "csrFile": str(folder / "device.pem")}],
            listeners=[listener(shared_lab, "alb-two", 443), listener(shared_lab, "alb-two", 8443)],
            proof={
                "deadlineSeconds": 30,
                "connections": 50,
                "serverCa": str(shared_lab.paths.server_ca),
                "host": HOSTS["alb-two"],
            },
        )
        stack.up()
        yield stack
        stack.destroy()
