"""A life of a stack with the principals of rbac/: each file is enough for its commands, and grants nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from lab.environment import ActingAs, variables
from lab.principal_name import LEAST_PRIVILEGED, PrincipalName
from tests.helpers.gateway_objects import gateway_api_in
from tests.helpers.granted import called, granted, superfluous
from tests.helpers.lab import LabHandle
from tests.helpers.ops_command import Printed, ops
from tests.helpers.stack import REPOSITORY, Stack
from tests.helpers.stack_config import WITHOUT_HANDSHAKES, listener
from tests.stack.conftest import stacks_in

LATER = 9443
PATCH = "patch albconfigs.alibabacloud.com"
# Discovery and reviews: RBAC grants them to every user by its own ClusterRoles (system:discovery, system:basic-user).
OPEN_TO_EVERYBODY = {"create selfsubjectaccessreviews", "get /apis/gateway.networking.k8s.io/v1"}


@dataclass(frozen=True, kw_only=True)
class Life:
    """What was printed, and what each principal called.

    Attributes:
        first: preview before the first `up`, as `preview`; a listener of it is not at the ALB.
        same: preview without a change, as `preview`.
        change: preview of switching off, as `preview`.
        refused: an `up` as `preview`.
        touched: what that `up` wrote.
        not_uploaded: an `up` with the access key of `preview` alone; it wrote nothing.
        operations: the commands of operations, by name.
        calls: that were not refused.
    """

    first: str
    same: str
    change: str
    refused: str
    not_uploaded: str
    touched: list[str]
    operations: Mapping[str, Printed]
    calls: Mapping[PrincipalName, set[str]]


def _act(lab: LabHandle, stack: Stack, acting_as: ActingAs) -> None:
    mine = variables(lab.paths, lab.status, acting_as)
    stack.environment.update({name: mine[name] for name in mine if name.startswith(("KUBECONFIG", "ALIBABA"))})


def _act_in_cloud(lab: LabHandle, stack: Stack, acting_as: ActingAs) -> None:
    mine = variables(lab.paths, lab.status, acting_as)
    stack.environment.update({name: mine[name] for name in mine if name.startswith("ALIBABA")})


def _writes(lab: LabHandle) -> list[str]:
    return [one["effect"] for one in lab.management.get("/journal").json() if one["effect"]]


def _unmade_listener(lab: LabHandle) -> dict[str, object]:
    """Add a listener to the AlbConfig that the controller does not make."""
    lab.management.post("/controller/hold").raise_for_status()
    [https] = [one for one in lab.albconfig("alb")["spec"]["listeners"] if one["protocol"] == "HTTPS"]
    lab.patch_albconfig("alb", [{"op": "add", "path": "/spec/listeners/-", "value": {**https, "port": LATER}}])
    return {"albConfig": "alb", "port": LATER}


@pytest.fixture(scope="module")
def life(shared_lab: LabHandle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Live it, with KUBECONFIG and the access key of one principal after the other."""
    lab = shared_lab
    lab.reset()
    folder = tmp_path_factory.mktemp("least-privilege")
    with gateway_api_in(lab), stacks_in(folder, lab) as make:
        stack = make(proof=WITHOUT_HANDSHAKES, enabled=False)
        stack.configure({key: value for key, value in stack.config().items() if key != "kubernetes:kubeconfig"})
        _act(lab, stack, ActingAs.PREVIEW)
        stack.set("listeners", [listener(lab, "alb", 443), _unmade_listener(lab)])
        first = stack.preview()
        lab.patch_albconfig("alb", [{"op": "remove", "path": "/spec/listeners/2"}])
        lab.management.post("/controller/release").raise_for_status()
        stack.set("listeners", [listener(lab, "alb", 443)])
        stack.set("enabled", True)
        _act(lab, stack, ActingAs.UP)
        assert "ListCert was not tried" in ops(stack, "doctor").out
        before = len(_writes(lab))
        _act_in_cloud(lab, stack, ActingAs.PREVIEW)
        not_uploaded = stack.fails("up", "--yes", "--skip-preview", "--stack", stack.name)
        assert _writes(lab)[before:] == []
        _act(lab, stack, ActingAs.UP)
        stack.up()
        _act(lab, stack, ActingAs.PREVIEW)
        same = stack.preview()
        stack.set("enabled", False)
        change = stack.preview()
        before = len(_writes(lab))
        refused = stack.fails("up", "--yes", "--skip-preview", "--stack", stack.name)
        touched = _writes(lab)[before:]
        stack.set("enabled", True)
        _act(lab, stack, ActingAs.OPERATIONS)
        commands = {name: ops(stack, name, "--json") for name in ("status", "doctor", "inventory", "report")}
        commands["metrics"] = ops(stack, "metrics")
        on_call = ("--kubeconfig", str(lab.paths.kubeconfig_of(PrincipalName.ON_CALL)), "--context", "lab", "--yes")
        for words in (("hold", "alb/443", "--reason", "ticket 4711"), ("resume", "alb/443")):
            done = stack.call(
                str(stack.python), "-m", "ops", *words, *on_call, variables={"PYTHONPATH": str(REPOSITORY)}
            )
            assert done.returncode == 0, done.stderr
        _act(lab, stack, ActingAs.UP)
        stack.destroy()
        yield Life(
            first=first,
            same=same,
            change=change,
            refused=refused,
            not_uploaded=not_uploaded,
            touched=touched,
            operations=commands,
            calls={name: called(lab, name) for name in PrincipalName},
        )


@pytest.mark.parametrize("name", LEAST_PRIVILEGED)
def test_a_principal_calls_what_its_files_grant_and_they_grant_nothing_beside_it(
    name: PrincipalName, life: Life
) -> None:
    """What only explains a failure counts too: the life has one, and `doctor` looks as the user of an `up`."""
    assert superfluous(granted(name), life.calls[name]) == set()
    assert life.calls[name] - granted(name) <= OPEN_TO_EVERYBODY


@pytest.mark.parametrize("more", ["yundun-cert:UploadPCACert", "patch albconfigs"])
def test_what_a_file_would_grant_in_vain_is_found(more: str, life: Life) -> None:
    name = PrincipalName.PREVIEW
    assert superfluous({*granted(name), more}, life.calls[name]) == {more}


def test_a_preview_sees_everything_with_the_files_for_previews(life: Life) -> None:
    assert "has no such listener; the ALB Ingress controller reports no error" in life.first
    assert "hosts on them: demo.alb.ingress.top" in life.first
    assert "nothing changes" in life.same
    assert "then: requests no client certificate" in life.change
    for printed in (life.first, life.same, life.change):
        assert "not known" not in printed
        assert "may not" not in printed


def test_an_up_with_the_files_for_previews_is_refused_by_what_is_missing_before_anything_is_touched(
    life: Life,
) -> None:
    assert "nothing was touched in cluster and cloud" in life.refused
    lacking = "user alb-mtls-preview may not patch albconfigs in the cluster; grant it, as rbac/cluster-role-up.yaml"
    assert life.refused.count("may not") == life.refused.count(lacking) == 1
    assert life.touched == []


def test_an_up_with_the_access_key_for_previews_is_refused_by_the_action_that_is_missing(life: Life) -> None:
    said = " ".join(life.not_uploaded.split())
    assert "may not call CAS CreateWarehouse on repository alb-mtls-test-" in said
    assert "Allow the RAM action yundun-cert:CreateWarehouse on resource *, as rbac/ram-policy-up.json does." in said


def test_operations_see_everything_with_the_files_for_operations(life: Life) -> None:
    documents = {name: life.operations[name].document for name in ("status", "doctor")}
    assert documents["status"]["unknown"] == []
    assert "alb_mtls_" in life.operations["metrics"].out
    assert "may not" not in "".join(life.operations[name].err for name in ("metrics", "inventory", "report"))
    doctor = [one for one in documents["doctor"]["lines"] if one["topic"] == "permissions"]
    assert [one["found"] for one in doctor if one["health"] == "problem"] == [f"may not {PATCH}"]
    assert doctor[-1]["found"] == f"enough for preview and operations, not for up: {PATCH}"
    assert [one["found"] for one in documents["doctor"]["lines"] if one["health"] == "unknown"] == []
