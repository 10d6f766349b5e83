"""In a run that finds nothing to do, the program reads cluster and cloud, and the providers do not read them again."""

from collections import Counter

from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack


def _calls(lab: LabHandle, stack: Stack, command: str, *arguments: str) -> Counter[str]:
    lab.management.delete("/journal").raise_for_status()
    stack.succeeds(command, *arguments, "--stack", stack.name)
    journal = lab.management.get("/journal").raise_for_status().json()
    return Counter(f"{one['service']} {one['api']}" for one in journal)


def test_a_preview_and_an_up_that_find_nothing_to_do_make_each_call_once(lab: LabHandle, quick_stack: Stack) -> None:
    stack = quick_stack
    stack.up()
    for command in (("preview", "--expect-no-changes"), ("up", "--yes", "--skip-preview", "--expect-no-changes")):
        calls = _calls(lab, stack, *command)
        assert set(calls.values()) == {1}, (command, calls)
        assert {"kubernetes get namespaces", "cas ListCert", "cas DescribeWarehouseCert"} <= calls.keys()
    exported = stack.succeeds("stack", "export")
    assert "kubeSystemUid" in exported
    # As the look itself spells it.
    assert "kube_system_uid" not in exported
    assert "look:" not in stack.preview("--diff")


def test_where_something_differs_the_provider_reads_it_again(lab: LabHandle, quick_stack: Stack) -> None:
    stack = quick_stack
    stack.up()
    listeners = lab.albconfig("alb")["spec"]["listeners"]
    index = next(i for i, one in enumerate(listeners) if (one["port"], one["protocol"]) == (443, "HTTPS"))
    lab.patch_albconfig("alb", [{"op": "add", "path": f"/spec/listeners/{index}/caEnabled", "value": False}])
    calls = _calls(lab, stack, "preview")
    assert calls["kubernetes get albconfigs"] == 2
    assert calls["cas DescribeWarehouseCert"] == 1
    assert "caEnabled was true and is false" in stack.preview()
