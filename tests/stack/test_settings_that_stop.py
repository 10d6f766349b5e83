"""Settings that are there to stop something, and what stops a run before it begins; each beside what still works."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from alb_mtls.pki.encoding import certificate_pem
from tests.helpers.certificates import make_root
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import ask
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

UP = ("up", "--yes", "--skip-preview", "--stack", "test")


def test_a_bypass_stops_preview_and_up_where_it_is_set_so_and_nothing_is_touched(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    before = World.of(lab)
    stack = make_stack(onBypass="fail")
    for command in (("preview", "--stack", "test"), UP):
        said = stack.fails(*command)
        assert "onBypass is fail, and this was found; nothing was touched in cluster and cloud. " in said
        assert "HTTP_FORWARDS" in said
        assert "Traceback" not in said
    # Somebody accepts it until a day, which YAML takes for a time.
    until = datetime.now(UTC).date() + timedelta(days=30)
    subject = "listener 80/HTTP of AlbConfig alb"
    stack.set("accept", [{"code": "HTTP_FORWARDS", "subject": subject, "until": until, "reason": "the old app"}])
    assert f"accepted until {until}: the old app (HTTP_FORWARDS)" in " ".join(stack.preview().split())
    [listener] = stack.config()["alb-mtls:listeners"]
    stack.set("listeners", [{**listener, "hosts": ["b.example"]}])
    said = stack.fails("preview", "--stack", "test")
    assert "host demo.alb.ingress.top of Ingress default/https-ingress is on it, and `hosts`" in said
    assert World.of(lab) == before
    # Every client is accepted on purpose, so nothing is a bypass, and nobody can be locked out.
    stack.set("enabled", "false")
    assert "(HTTP_FORWARDS)" not in stack.up()
    assert ask(lab, folder=tmp_path) == "old"


def test_a_protected_root_outlives_a_destroy_that_opens_the_listener(lab: LabHandle, quick_stack: Stack) -> None:
    before, stack = World.of(lab), quick_stack
    root = stack.config()["alb-mtls:rootCa"]
    stack.set("rootCa", {**root, "protect": True})
    stack.up()
    said = stack.fails("destroy", "--yes", "--skip-preview", "--stack", "test")
    assert "protect" in said
    assert World.of(lab) == before
    kept = [one["type"] for one in stack.resources()]
    assert "pulumi-python:dynamic/pki:RootCertificate" in kept
    assert "pulumi-python:dynamic/alb:ListenerClaim" not in kept
    stack.set("rootCa", {**root, "protect": False})
    stack.up()
    stack.destroy()
    assert stack.resources() == [] or {one["type"] for one in stack.resources()} == {"pulumi:pulumi:Stack"}
    assert World.of(lab) == before


def test_without_a_credential_a_preview_reports_less_and_an_up_stops_with_a_sentence(
    lab: LabHandle, quick_stack: Stack
) -> None:
    stack = quick_stack
    stack.up()
    before = World.of(lab)
    with_credential = dict(stack.environment)
    for name in [name for name in stack.environment if name.startswith("ALIBABA_CLOUD_ACCESS_KEY")]:
        del stack.environment[name]
    said = stack.preview("--expect-no-changes")
    assert "this preview reports less: The standard credential chain gives no usable credential" in said
    assert "443/HTTPS of alb: enforced with CA" in said
    said = stack.fails(*UP)
    assert "gives no usable credential" in said
    assert "Nothing was touched in cluster and cloud." in said
    assert "Traceback" not in said
    assert World.of(lab) == before
    stack.environment = with_credential
    assert "12 unchanged" in stack.up()


def test_an_ended_root_stops_whoever_switches_on_and_nobody_who_switches_off(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    before = World.of(lab)
    ended = tmp_path / "ended.pem"
    long_ago = datetime.now(UTC) - timedelta(days=365)
    ended.write_text(certificate_pem(make_root(days=1, now=long_ago).certificate))
    stack = make_stack(rootCa={"source": "imported", "certificateFile": str(ended)}, clients=[])
    said = stack.fails(*UP)
    assert ": it ended on " in said
    assert World.of(lab) == before
    stack.set("enabled", "false")
    assert ": it ended on " in stack.up()
    assert World.of(lab).element("alb", 443)["caEnabled"] is False
    assert ask(lab, folder=tmp_path) == "old"
