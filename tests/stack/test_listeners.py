"""Several listeners, several stacks, and listeners that somebody else holds."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.helpers.bound_ca import bind, upload_ca
from tests.helpers.certificates import make_root
from tests.helpers.lab import LabHandle, wait_until
from tests.helpers.stack_config import WITHOUT_HANDSHAKES, ask, listener, stack_config
from tests.helpers.world import World
from tests.stack.conftest import MakeStack


def test_two_listeners_share_one_ca_and_one_of_them_can_leave(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    before = World.of(lab)
    listeners = [listener(lab, "alb-two", 443), listener(lab, "alb-two", 8443)]
    stack = make_stack(listeners=listeners, proof=WITHOUT_HANDSHAKES)
    stack.up()
    during = World.of(lab)
    assert len(during.certificates) == 1
    assert during.element("alb-two", 443)["caEnabled"] is True
    assert during.element("alb-two", 8443)["caEnabled"] is True
    stack.set("listeners", [listener(lab, "alb-two", 443)])
    report = tmp_path / "report.json"
    stack.environment["ALB_MTLS_REPORT"] = str(report)
    announced = stack.preview()
    assert "8443/HTTPS of alb-two leaves the configuration" in announced
    assert "clients without a certificate will be accepted" in announced
    planned = json.loads(report.read_text("utf-8"))
    stack.up()
    ended = json.loads(report.read_text("utf-8"))
    for each in (planned, ended):
        [leaving] = [one for one in each["listeners"] if one["leaves"]]
        assert (leaving["listener"], leaving["givenBackTo"]["caEnabled"]) == ("alb-two/8443", None)
        assert each["complete"]
    assert planned["givenBack"] == []
    [given_back] = ended["givenBack"]
    assert given_back["listener"] == "alb-two/8443"
    assert given_back["message"].startswith("8443/HTTPS of alb-two: given back as it was before this stack came")
    after = World.of(lab)
    assert after.element("alb-two", 8443) == before.element("alb-two", 8443)
    assert after.element("alb-two", 443)["caEnabled"] is True
    stack.destroy()
    # No program runs in a destroy, so that the report is still that of the up.
    assert json.loads(report.read_text("utf-8")) == ended
    assert World.of(lab) == before
    assert ask(lab, folder=tmp_path, albconfig="alb-two") == "old"


def test_two_stacks_at_once_on_two_albconfigs_do_not_meet(lab: LabHandle, make_stack: MakeStack) -> None:
    before = World.of(lab)
    stacks = [
        make_stack("one", listeners=[listener(lab, "alb", 443)], proof=WITHOUT_HANDSHAKES),
        make_stack("two", listeners=[listener(lab, "alb-two", 443)], proof=WITHOUT_HANDSHAKES),
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda stack: stack.up(), stacks))
    assert len(World.of(lab).certificates) == 2
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda stack: stack.destroy(), stacks))
    assert World.of(lab) == before


def test_a_listener_held_by_another_stack_is_refused_by_name_before_anything_is_touched(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    holder, comer = (make_stack(name, proof=WITHOUT_HANDSHAKES) for name in ("holder", "comer"))
    holder.up()
    held = World.of(lab)
    said = comer.fails("up", "--yes", "--skip-preview", "--stack", "comer")
    assert "is claimed by stack alb-mtls/holder" in said
    assert World.of(lab) == held
    holder.destroy()
    comer.up()


def test_mistakes_and_an_edition_that_cannot_do_it_are_refused_before_anything_is_touched(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    before = World.of(lab)
    stack = make_stack(
        listeners=[listener(lab, "alb", 443) | {"port": 99999}], clients=[{"name": "A"}], onBypass="perhaps"
    )
    said = stack.fails("up", "--yes", "--skip-preview", "--stack", stack.name)
    for key in ("listeners[0].port:", "clients[0].name:", "onBypass:"):
        assert key in said
    assert "Traceback" not in said
    stack.configure(stack_config(lab, listeners=[listener(lab, "alb-basic", 443)]))
    assert "edition Basic" in stack.fails("up", "--yes", "--skip-preview", "--stack", stack.name)
    assert World.of(lab) == before


def test_a_purchased_ca_is_bound_by_its_identifier_and_never_deleted(lab: LabHandle, make_stack: MakeStack) -> None:
    uploader = make_stack("uploader", listeners=[listener(lab, "alb-two", 443)], proof=WITHOUT_HANDSHAKES)
    uploader.up()
    identifier = uploader.outputs()["listeners"]["alb-two/443"]["caIdentifier"]
    buyer = make_stack("buyer", rootCa={"source": "purchased", "identifier": identifier}, clients=[])
    buyer.up()
    assert World.of(lab).element("alb", 443)["caCertificates"] == [{"CertificateId": identifier}]
    buyer.destroy()
    assert identifier in World.of(lab).certificates


def test_a_listener_that_is_moved_to_another_albconfig_requests_certificates_of_the_ca_before_again(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    theirs = upload_ca(lab, make_root().certificate)
    bind(lab, "alb-two", "8443/HTTPS", [theirs])
    stack = make_stack(listeners=[listener(lab, "alb-two", 8443, takeOver=theirs)], proof={"mode": "api"})
    stack.up()
    # By hand, with our CA on it; and in the stack file.
    there = lab.albconfig("alb-two")["spec"]["listeners"]
    moved = next(each for each in there if each["port"] == 8443)
    index = there.index(moved)
    lab.patch_albconfig("alb-two", [{"op": "remove", "path": f"/spec/listeners/{index}"}])
    lab.patch_albconfig("alb", [{"op": "add", "path": "/spec/listeners/-", "value": moved}])
    wait_until(
        lambda: "8443/HTTPS" in lab.status["albconfigs"]["alb"]["listeners"],
        "the ALB has the listener at its new place",
    )
    stack.set("listeners", [{"albConfig": "alb", "port": 8443}])
    assert "names the CA of this stack already" not in stack.up()
    stack.destroy()
    after = World.of(lab)
    element = after.element("alb", 8443)
    assert (element["caEnabled"], element["caCertificates"]) == (True, [{"CertificateId": theirs}])
    claims = [key for each in after.albconfigs.values() for key in each["metadata"].get("annotations") or {}]
    assert (claims, after.certificates) == ([], [theirs])
