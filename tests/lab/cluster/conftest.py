"""A kube-apiserver for the program's Kubernetes client; no controller interferes."""

from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from tests.helpers.cluster_bench import Bench
from tests.helpers.proxied_cluster import running_cluster


@pytest.fixture(scope="session")
def running_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One for a test process; its event loop runs in a thread, since the client under test blocks."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(running_cluster(tmp_path_factory.mktemp("bench"))) as cluster,
    ):
        bench = Bench(cluster)
        yield bench
        bench.close()


@pytest.fixture
def bench(running_bench: Bench) -> Iterator[Bench]:
    """The same with an empty journal and without faults."""
    running_bench.cluster.interceptor.journal.clear()
    yield running_bench
    running_bench.cluster.interceptor.reset()
