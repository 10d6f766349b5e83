"""The kube-apiserver of the lab for the program's Kubernetes client; no controller interferes."""

from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from tests.helpers.cluster_bench import Bench
from tests.helpers.lab import LabHandle
from tests.helpers.proxied_cluster import proxied


@pytest.fixture(scope="session")
def running_bench(shared_lab: LabHandle) -> Iterator[Bench]:
    """One for a test process; the event loop of its proxy runs in a thread, since the client under test blocks."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(proxied(shared_lab)) as cluster,
    ):
        bench = Bench(cluster)
        yield bench
        bench.close()


@pytest.fixture
def bench(running_bench: Bench, shared_lab: LabHandle) -> Iterator[Bench]:
    """The same with an empty journal, without faults, and with a controller that is held back."""
    # The test before may have left a webhook that denies every write.
    shared_lab.behave_as_in_the_beginning()
    shared_lab.management.post("/controller/hold").raise_for_status()
    running_bench.cluster.interceptor.journal.clear()
    yield running_bench
    running_bench.cluster.interceptor.reset()
