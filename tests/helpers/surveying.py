"""Running `python -m ops survey` on a lab, as somebody with an account would on theirs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alibabacloud_cas20200407 import models as cas_models

from tests.helpers.killing import Point
from tests.helpers.lab import LabHandle, unless_throttled, wait_until
from tests.helpers.stack import REPOSITORY

ALBCONFIG, LISTENER = "alb-two", "8443/HTTPS"
GIVEN = "given-for-this"
_SECONDS = 240


@dataclass(frozen=True, kw_only=True)
class Surveyed:
    """What a survey left.

    Attributes:
        document: of its file; empty when it made none.
    """

    code: int
    out: str
    err: str
    document: dict[str, Any]


def give_repository(lab: LabHandle) -> None:
    """Make the repository that a survey is given."""
    request = cas_models.CreateWarehouseRequest(name=GIVEN, type="uploadedAuthorityCertificate")
    lab.cas.create_warehouse(request)
    wait_until(lambda: GIVEN in repositories(lab), "the repository is listed", every=0.3)


def repositories(lab: LabHandle) -> dict[str, int]:
    """Return the number of each repository, by name."""
    listed = (
        unless_throttled(lab.cas.list_cert_warehouse, cas_models.ListCertWarehouseRequest()).body.cert_warehouse_list
        or []
    )
    return {str(one.name): int(one.wh_id) for one in listed}


def certificates(lab: LabHandle) -> list[str]:
    """Return the identifiers of all certificates of the account."""
    listed = unless_throttled(lab.cas.list_cert, cas_models.ListCertRequest()).body.cert_list or []
    return sorted(str(one.identifier) for one in listed)


def command(lab: LabHandle, *arguments: str) -> list[str]:
    """Return the words of a survey of a lab."""
    status = lab.status
    return [
        *(sys.executable, "-m", "ops", "survey", "--listener", "alb-two/8443", "--repository", GIVEN),
        *("--kubeconfig", str(lab.paths.program_kubeconfig), "--region", "ap-southeast-1"),
        *("--cas-endpoint", f"http://{status['endpoints']['cas']}"),
        *("--alb-endpoint", f"http://{status['endpoints']['alb']}"),
        *("--connect-to", lab.address(ALBCONFIG, LISTENER), "--connections", "50"),
        *arguments,
    ]


def environment(lab: LabHandle) -> dict[str, str]:
    """Return the environment of a survey of a lab."""
    credentials = lab.status["credentials"]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("ALIBABA_CLOUD_")},
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": credentials["accessKeyId"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": credentials["accessKeySecret"],
    }


def begin(lab: LabHandle, file: Path, *only: str) -> "subprocess.Popen[bytes]":
    """Begin a survey and do not wait; what it prints goes into a file beside that of its answers."""
    chosen = [word for name in only for word in ("--only", name)]
    words = command(lab, "--output", str(file), "--interrupt-hosts", "--yes", *chosen)
    with file.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(words, cwd=REPOSITORY, env=environment(lab), stdout=log, stderr=log)


def hold(lab: LabHandle, point: Point, process: Callable[[], "subprocess.Popen[bytes]"]) -> "subprocess.Popen[bytes]":
    """Begin a survey and return it when it stands at a call; it is killed when it never comes there."""
    fault = {"kind": "hold", "service": point.service, "api": point.api, "first": point.number, "stage": point.stage}
    lab.management.post("/faults", json=fault).raise_for_status()
    begun = process()

    def held() -> bool:
        assert begun.poll() is None, f"the survey ended before it came to {point}"
        return bool(lab.management.get("/holds", params={"wait": 1}).json())

    try:
        wait_until(held, f"held at {point}", seconds=180)
    except BaseException:
        begun.kill()
        begun.wait()
        raise
    return begun


def let_go(lab: LabHandle) -> None:
    """Let the held call go on."""
    lab.management.delete("/faults").raise_for_status()


def on_alb(lab: LabHandle) -> tuple[bool, list[str]]:
    """Return what the ALB API shows of the listener."""
    shown = lab.listener(ALBCONFIG, LISTENER)
    return bool(shown.ca_enabled), [str(one.certificate_id) for one in shown.ca_certificates or []]


def survey(
    lab: LabHandle, file: Path, *only: str, options: tuple[str, ...] = ("--interrupt-hosts", "--yes")
) -> Surveyed:
    """Run a survey, of some questions or of all, and return what it left."""
    chosen = [word for name in only for word in ("--only", name)]
    done = subprocess.run(
        command(lab, "--output", str(file), *chosen, *options),
        cwd=REPOSITORY,
        env=environment(lab),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    document = json.loads(file.read_text()) if file.exists() else {}
    return Surveyed(code=done.returncode, out=done.stdout, err=done.stderr, document=document)


def put_back(lab: LabHandle) -> subprocess.CompletedProcess[str]:
    """Run the command that gives back what a killed survey left."""
    return subprocess.run(
        command(lab, "--put-back", "--yes"),
        cwd=REPOSITORY,
        env=environment(lab),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


def spec_and_annotations(lab: LabHandle) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what a survey may change of its AlbConfig."""
    found = lab.albconfig(ALBCONFIG)
    return found["spec"], found["metadata"].get("annotations", {})
