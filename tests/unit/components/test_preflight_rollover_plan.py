"""Preview and `up` say the plan for a root CA that ends before long, and nothing of one that does not."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest

from alb_mtls.configuration.model import Settings
from components.preflight.rollover_plan import report_rollover_plan
from components.root_ca import RootCa, RootCaArgs
from tests.helpers.certificates import make_root
from tests.helpers.program import run_program
from tests.helpers.stack_file import IMPORTED, Change, files_of, put

Read = Callable[..., Settings]

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
YEARLY = put("clients", [{"name": "alice", "validity": "365d"}])


def _said(settings: Settings, root: dict[str, Any] | None = None) -> str:
    """Return what is said; `root` is what the engine knows of the root CA."""
    infos: list[str] = []

    def program() -> None:
        root_cas = [RootCa(f"root-ca-{one.generation}", RootCaArgs(settings=one)) for one in settings.root_cas]
        report_rollover_plan(settings, root_cas)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pulumi.log, "info", infos.append)
        outputs = {"pulumi-python:dynamic/pki:RootCertificate": root or {}}
        run_program(program, outputs=outputs, preview=settings.preview)
    return "\n".join(infos)


def _ends(*, days: int) -> dict[str, Any]:
    return {"notAfter": (NOW + days * DAY).isoformat()}


@pytest.mark.parametrize("preview", [True, False])
def test_a_generated_root_has_its_plan_from_a_third_of_its_life_on_in_preview_and_up(read: Read, preview: bool) -> None:
    settings = read(YEARLY, preview=preview)
    assert _said(settings, _ends(days=1300)) == ""
    end = NOW + 1000 * DAY
    introduce, trust = end - 365 * DAY * 1.33, end - 365 * DAY * 0.33
    # A step that goes on in the next line is one.
    text = re.sub(r"\n {4}", " ", _said(settings, _ends(days=1000)))
    lines = [text.splitlines()[0], *(line for line in text.splitlines() if re.match(r"  \d\.", line))]
    assert lines[0].startswith(f"Root CA generation 1 ends on {end:%Y-%m-%d}")
    assert lines[1].startswith(f"  1. by {introduce:%Y-%m-%d %H:%M} UTC: list generation 2 in rootCa.generations")
    assert lines[2].startswith(f"  2. by {trust:%Y-%m-%d %H:%M} UTC: set rootCa.trusted to 2")
    assert (
        lines[3] == f"  3. by {end:%Y-%m-%d %H:%M} UTC: remove generation 1 from rootCa.generations and run `pulumi up`"
    )


def test_the_plan_is_for_the_root_that_is_trusted_and_goes_on_where_the_rollover_stands(read: Read) -> None:
    rolling = (YEARLY, put("rootCa.generations", [1, 2]), put("rootCa.trusted", 1))
    said = " ".join(_said(read(*rolling), _ends(days=1000)).split())
    # Its steps stand in the lines of the rollover already.
    assert re.fullmatch(
        r"Root CA generation 1 ends on \S+, and every client of it; the next step of its rollover should be done by "
        r"\S+ \S+ UTC",
        said,
    )
    rolled: tuple[Change, ...] = (*rolling, put("rootCa.trusted", 2))
    assert _said(read(*rolled), _ends(days=1000)).startswith("Root CA generation 2 ends on")


def test_an_imported_root_has_its_plan_in_its_first_preview(read: Read) -> None:
    begin = NOW - 900 * DAY
    root, young = make_root(now=begin, days=1000), make_root(now=begin, days=4000)
    keyless = put("rootCa", {"source": "imported", "certificateFile": "ca.pem"})
    brought = put("clients", [])
    assert "rootCa.abandoned" in _said(read(keyless, brought, files=files_of(root), preview=True))
    plan = _said(read(IMPORTED, YEARLY, files=files_of(root), preview=True))
    assert "  1. by " in plan
    assert "rootCa.abandoned" not in plan
    assert _said(read(IMPORTED, YEARLY, files=files_of(young), preview=True)) == ""


def test_a_purchased_root_has_none(read: Read) -> None:
    purchased = put("rootCa", {"source": "purchased", "identifier": "1ed65580"})
    assert _said(read(purchased, put("clients", []))) == ""
