"""Identity headers on a real listener: proven by an echo, put back when forged ones pass, and given back exactly."""

from tests.helpers.bound_ca import patch_listener
from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import HOST, WITHOUT_HANDSHAKES, listener
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

_KEY = "XForwardedForClientCert"


def _with_headers(lab: LabHandle, **headers: object) -> list[dict[str, object]]:
    return [{**listener(lab, "alb", 443), "identityHeaders": headers}]


def test_an_up_shows_what_the_backend_gets_and_puts_the_listener_back_where_forged_headers_pass(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    before = World.of(lab)
    proof = {
        "host": HOST,
        "deadlineSeconds": 8,
        "connections": 50,
        "serverCa": str(lab.paths.server_ca),
        "echoPath": "/_lab/headers",
    }
    stack = make_stack(listeners=_with_headers(lab, subjectDN=True, fingerprint="x-print"), proof=proof)
    stack.up()
    shown = stack.outputs()["listeners"]["alb/443"]["identityHeaders"]
    assert [line.split(":")[0] for line in shown] == ["X-Forwarded-Clientcert-subjectdn", "x-print"]
    assert "no forged one (sha256, hexadecimal in lower case)" in shown[1]
    held = World.of(lab)

    lab.management.patch("/behaviour", json={"data_plane": {"forged_headers_pass": True}}).raise_for_status()
    stack.set("listeners", _with_headers(lab, subjectDN="x-subject"))
    printed = stack.fails("up", "--yes", "--skip-preview", "--stack", "test")
    assert "the backend gets the header x-subject that a client sends itself" in printed, printed
    assert "was put back as it was" in printed
    assert World.of(lab).element("alb", 443) == held.element("alb", 443)

    stack.destroy()
    assert World.of(lab) == before


def test_a_destroy_gives_back_every_header_but_the_one_that_somebody_else_has_changed(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    theirs = {"XForwardedForProtoEnabled": True, f"{_KEY}IssuerDNAlias": "issuer"}
    patch_listener(lab, "alb", "443/HTTPS", xForwardedForConfig=theirs)
    before = World.of(lab).element("alb", 443)
    stack = make_stack(listeners=_with_headers(lab, subjectDN="x-subject", issuerDN=True), proof=WITHOUT_HANDSHAKES)
    stack.up()
    held = World.of(lab).element("alb", 443)["xForwardedForConfig"]
    assert held == {
        **theirs,
        **{f"{_KEY}{part}Enabled": True for part in ("SubjectDN", "IssuerDN")},
        f"{_KEY}SubjectDNAlias": "x-subject",
        f"{_KEY}IssuerDNAlias": "",
    }

    patch_listener(lab, "alb", "443/HTTPS", xForwardedForConfig={**held, f"{_KEY}SubjectDNAlias": "x-other"})
    assert f'{_KEY}SubjectDNAlias is "x-other"' in stack.preview()
    stack.destroy()
    after = World.of(lab).element("alb", 443)
    assert after == {**before, "xForwardedForConfig": {**theirs, f"{_KEY}SubjectDNAlias": "x-other"}}
