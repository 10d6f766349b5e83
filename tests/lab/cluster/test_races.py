"""Many writers at once on a real kube-apiserver: nothing of ours is refused for long, nothing of theirs is lost."""

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.claim_errors import ClaimedByAnother
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.listener import fields_of, find_listener
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.patch import Patch, listener_patch
from tests.helpers.albconfigs import LISTENER, Object, http, https
from tests.helpers.claims import claim_of
from tests.helpers.cluster_bench import Bench, Counting

CLAIM = claim_of(owner="alb-mtls/dev", token="t", attempt="one", previous={})
PATCHES = 80
EDITS, SWITCHES = 100, 4


@contextmanager
def meanwhile(work: Callable[[int], None], *, threads: int = 1) -> Iterator[list[int]]:
    """Repeat some work in threads while the block runs; yields the growing list of rounds done."""
    ended = threading.Event()
    numbers = itertools.count()
    rounds: list[int] = []

    def loop() -> None:
        while not ended.is_set():
            number = next(numbers)
            work(number)
            rounds.append(number)

    with ThreadPoolExecutor(threads) as pool:
        loops = [pool.submit(loop) for _ in range(threads)]
        try:
            yield rounds
        finally:
            ended.set()
    for each in loops:
        each.result()


def test_beside_a_controller_that_writes_status_all_the_time_no_patch_is_refused(bench: Bench) -> None:
    counting = Counting(bench.client)
    with bench.albconfig(http(), https()) as name:
        bench.write_claim(name, CLAIM)

        def write_status(number: int) -> None:
            status = {"status": {"loadBalancer": {"id": f"alb-{number}"}}}
            bench.edit(name, status, subresource="/status").raise_for_status()

        with meanwhile(write_status) as rounds:
            for number in range(PATCHES):
                bench.switch(name, CLAIM, on=number % 2 == 0, ids=[f"ca-{number}"], client=counting)

        assert (counting.patches, counting.refused) == (PATCHES, 0)
        assert len(rounds) > PATCHES / 4


def test_of_a_hundred_edits_by_others_while_we_switch_none_is_lost_and_restore_keeps_them(bench: Bench) -> None:
    with bench.albconfig(http(), https()) as name:
        bench.write_claim(name, CLAIM)

        def edit(number: int) -> None:
            places = ("/spec/config", "/spec/listeners/0", "/spec/listeners/1", "/metadata/annotations")
            path = f"{places[number % len(places)]}/edit-{number}"
            bench.edit(name, [{"op": "add", "path": path, "value": str(number)}], kind="json").raise_for_status()

        with meanwhile(edit, threads=4) as edits:
            switches = 0
            while switches < SWITCHES or len(edits) < EDITS:
                bench.switch(name, CLAIM, on=switches % 2 == 0, ids=["ca-a"])
                switches += 1
        last = bench.switch(name, CLAIM, on=True, ids=["ca-a"])

        assert edits_in(last) == set(edits)
        restored = bench.restore(name, CLAIM)
        assert edits_in(restored) == set(edits)
        assert fields_of(find_listener(restored, LISTENER).element) == {}
        assert read_claim(restored, LISTENER) is None


def edits_in(item: Object) -> set[int]:
    """Return the numbers of the edits that stand in an AlbConfig."""
    places = [item["spec"]["config"], *item["spec"]["listeners"], item["metadata"]["annotations"]]
    return {int(key.removeprefix("edit-")) for place in places for key in place if key.startswith("edit-")}


def claim_for(bench: Bench, name: str, claim: Claim, listener: ListenerKey, start: threading.Barrier) -> Claim:
    """Claim a listener as a stack does: a claim of another owner is refused by name."""
    first = True

    def build(item: Object) -> Patch:
        nonlocal first
        held = read_claim(item, listener)
        if first:
            # All have read the AlbConfig before any of them writes.
            first = False
            start.wait(timeout=20)
        if held is not None and held.owner != claim.owner:
            raise ClaimedByAnother(listener, owner=held.owner, deployment=held.deployment)
        ref = find_listener(item, listener)
        return listener_patch(
            item, ref, claim=replace(claim, uid=item["metadata"]["uid"]), fields=fields_of(ref.element)
        )

    after = guarded_patch(bench.client, name, build, deadline_seconds=20)
    return replace(claim, uid=after["metadata"]["uid"])


def test_two_stacks_that_claim_two_listeners_at_once_both_get_theirs(bench: Bench) -> None:
    start = threading.Barrier(2)
    listeners = (LISTENER, replace(LISTENER, port=8443))
    claims = {one: claim_of(owner=f"p/{one.port}", token="t", attempt="one", previous={}) for one in listeners}
    with bench.albconfig(https(), https(8443)) as name, ThreadPoolExecutor(2) as pool:
        # The map of annotations is absent for both: whoever comes second must not replace it.
        taken = [pool.submit(claim_for, bench, name, claims[one], one, start) for one in listeners]
        written = [each.result() for each in taken]
        assert [one.owner for one in written] == [one.owner for one in claims.values()]

        item = bench.client.albconfig(name)
        assert [read_claim(item, one) for one in listeners] == written


def test_of_two_stacks_that_claim_one_listener_at_once_one_gets_it_and_the_other_learns_who(bench: Bench) -> None:
    start = threading.Barrier(2)
    claims = [claim_of(owner=f"p/{number}", token="t", attempt="one", previous={}) for number in range(2)]
    with bench.albconfig(https()) as name, ThreadPoolExecutor(2) as pool:
        taken = [pool.submit(claim_for, bench, name, claim, LISTENER, start) for claim in claims]
        errors = [each.exception() for each in taken]

        (winner,) = [each.result() for each, error in zip(taken, errors, strict=True) if error is None]
        (loser,) = [error for error in errors if error is not None]
        assert isinstance(loser, ClaimedByAnother)
        assert loser.owner == winner.owner
        assert read_claim(bench.client.albconfig(name), LISTENER) == winner
