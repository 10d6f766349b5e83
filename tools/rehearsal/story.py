"""The story: staging by pull request, a pull request that is stopped, a renewal, production by GitOps, the evidence."""

import json
import subprocess
import sys
import time
from pathlib import Path

import yaml

from lab.status import read_status
from tools.demo.place import Place
from tools.demo.stage import FAILED, DemoError, Stage, chapter, remark, report, show
from tools.rehearsal.argo_cd import MANIFEST, Cluster, manifest_of, with_fragment
from tools.rehearsal.environments import (
    PARTNER_HOST,
    PRODUCTION,
    PRODUCTION_ALBCONFIG,
    PRODUCTION_HOST,
    STAGING,
    STAGING_HOST,
    Lab,
)
from tools.rehearsal.left import left_of
from tools.rehearsal.repository import Repository
from tools.rehearsal.store import running_store

_PASSPHRASE = "of the rehearsal"  # noqa: S105  # its states live as long as its store
_ON = ('enabled: "false"', 'enabled: "true"')
_FINISHED, _FOUND = (0,), (0, 1)
_LISTENER = f"{PRODUCTION_ALBCONFIG}/443"


def play(place: Place, kept_report: Path | None) -> None:
    """Play it all, and end it without a trace.

    Args:
        place: its lab is started and ended here.
        kept_report: where the report of both environments is kept; None: it is removed with everything else.

    Raises:
        DemoError: something was not as announced.
    """
    chapter(1, "One lab, one S3-compatible store, one Git repository", "Staging and production are a stack each.")
    Stage().shows(sys.executable, "-m", "lab", "up", "--ports", "ephemeral", *place.options, aside=("is ready",))
    try:
        with running_store() as store:
            _Rehearsal(place, store, kept_report).play()
    finally:
        chapter(9, "End the lab")
        Stage().shows(sys.executable, "-m", "lab", "down", *place.options)


class _Rehearsal:
    def __init__(self, place: Place, store: dict[str, str], kept_report: Path | None) -> None:
        self._place, self._kept_report = place, kept_report
        self._repository = Repository.made_in(place.paths.folder / "repository")
        self._cluster = Cluster(read_status(place.paths))
        self._before = self._cluster.spec("alb"), self._cluster.spec(PRODUCTION_ALBCONFIG)
        self._up, self._reading = (self._stage(store, role) for role in ("up", "preview"))

    def play(self) -> None:
        self._environments()
        self._staging_is_turned_on()
        self._production_would_be_locked_out()
        self._git_turns_production_on()
        self._renewed_by_the_clock()
        self._evidence()
        self._end()

    def _stage(self, store: dict[str, str], role: str) -> Stage:
        # The lab belongs to this project and not to the copy of it.
        entered = Stage()
        entered.enter_lab((*self._place.options, "--as", role))
        stage = Stage(self._repository.folder)
        stage.environment = entered.environment | {**store, "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE}
        return stage

    def _environments(self) -> None:
        lab = Lab(status=read_status(self._place.paths), server_ca=str(self._place.paths.server_ca))
        key = self._place.paths.folder / "production.key"
        repository, folder = self._repository, self._repository.folder
        (folder / "Pulumi.staging.yaml").write_text(lab.staging(), "utf-8")
        (folder / "Pulumi.production.yaml").write_text(lab.production(str(key)), "utf-8")
        _make_root(folder / "pki" / "production.pem", key)
        manifest = folder / MANIFEST
        manifest.parent.mkdir(parents=True)
        manifest.write_text(manifest_of(PRODUCTION_ALBCONFIG, self._cluster.spec(PRODUCTION_ALBCONFIG)), "utf-8")
        self._synchronize()
        for stack in (STAGING, PRODUCTION):
            self._up.shows("pulumi", "stack", "init", stack)
        repository.commit("Add staging and production, off")
        remark("on the main branch the pipeline deploys both; nobody needs a certificate yet")
        self._deploy(STAGING)
        self._deploy(PRODUCTION)

    def _staging_is_turned_on(self) -> None:
        chapter(2, "A pull request turns staging on", "Its preview has credentials that read only.")
        self._repository.branch("staging-on")
        self._repository.edit("Pulumi.staging.yaml", _ON)
        self._repository.commit("Turn staging on")
        self._preview(STAGING, STAGING_HOST)
        chapter(3, "It is merged")
        self._repository.merge("staging-on")
        self._deploy(STAGING)

    def _production_would_be_locked_out(self) -> None:
        chapter(4, "A pull request would lock a partner out of production", "The job is red, and nothing is touched.")
        self._cluster.add_host("two-ingress", "partner", PARTNER_HOST)
        self._repository.branch("production-on")
        self._repository.edit("Pulumi.production.yaml", _ON)
        self._repository.commit("Turn production on")
        self._preview(PRODUCTION, PARTNER_HOST, codes=FAILED)
        remark("the partner moves to a listener of its own; the same pull request is previewed again")
        self._cluster.remove_host("partner")
        self._preview(PRODUCTION, PRODUCTION_HOST)

    def _git_turns_production_on(self) -> None:
        chapter(5, "Production belongs to Git", "The program uploads the CA, and Git commits the listener.")
        self._repository.merge("production-on")
        self._deploy(PRODUCTION)
        self._commit_fragment("Request client certificates in production")
        remark("Argo CD has synchronized; the pipeline runs again by the clock")
        self._deploy(PRODUCTION)
        self._up.shows(sys.executable, "-m", "ops", "verify", "--stack", PRODUCTION)

    def _renewed_by_the_clock(self) -> None:
        chapter(6, "A renewal by the clock", "The client of staging lives for half an hour; one run finds it due.")
        before = self._not_after()
        deadline = time.monotonic() + 180
        while self._not_after() == before:
            if time.monotonic() > deadline:
                message = "the client of staging was not renewed within 180 s"
                raise DemoError(message)
            self._deploy(STAGING)
        remark(f"renewed: the former certificate ends {before}, the new one {self._not_after()}")

    def _evidence(self) -> None:
        chapter(7, "What the auditor gets", "One page about both environments.")
        page = self._kept_report or self._place.paths.folder / "report.html"
        stacks = [word for stack in (STAGING, PRODUCTION) for word in ("--stack", stack)]
        self._up.shows(sys.executable, "-m", "ops", "report", *stacks, "--out", str(page), codes=_FOUND)

    def _end(self) -> None:
        chapter(8, "Without a trace", "Git commits the listener of production as it was; then both are destroyed.")
        self._repository.edit("Pulumi.production.yaml", _ON[::-1])
        for words, message in (
            (("--off",), "Request no certificates in production"),
            (("--without-list",), "Name no CA"),
        ):
            self._commit_fragment(message, *words)
        for stack in (PRODUCTION, STAGING):
            self._up.shows("pulumi", "destroy", "--yes", "--skip-preview", "--stack", stack, pick=report)
            self._up.silently("pulumi", "stack", "rm", "--yes", "--stack", stack)
        left = left_of(self._place, self._cluster, self._before)
        if left:
            raise DemoError("\n".join(["the rehearsal left something behind", *left]))
        remark("both listeners are as they were, and CAS holds nothing of either")

    def _preview(self, stack: str, names: str, codes: "tuple[int, ...] | range" = _FINISHED) -> None:
        self._reading.shows("ci/preview.sh", stack, pick=lambda _: (), codes=codes)
        comment = (self._repository.folder / "ci-out" / stack / "comment.md").read_text("utf-8")
        _, first, *rest = comment.splitlines()
        for line in (first, *rest):
            show(f"    | {line}", style="dim")
        if names not in first:
            message = f"the first line of the comment does not name {names}: {first}"
            raise DemoError(message)

    def _deploy(self, stack: str) -> None:
        self._up.shows("ci/up.sh", stack, pick=report)

    def _commit_fragment(self, message: str, *words: str) -> None:
        command = (sys.executable, "-m", "ops", "fragment", _LISTENER, *words, "--stack", PRODUCTION)
        fragment = self._up.shows(*command)
        manifest = self._repository.folder / MANIFEST
        manifest.write_text(with_fragment(manifest.read_text("utf-8"), fragment), "utf-8")
        self._repository.commit(message)
        self._synchronize()

    def _synchronize(self) -> None:
        self._cluster.synchronize(yaml.safe_load((self._repository.folder / MANIFEST).read_text("utf-8")))

    def _not_after(self) -> str:
        printed = self._up.silently("pulumi", "stack", "output", "certificates", "--json", "--stack", STAGING)
        return str(next(one["notAfter"] for one in json.loads(printed) if one["name"] == "robot"))


def _make_root(certificate: Path, key: Path) -> None:
    certificate.parent.mkdir(exist_ok=True)
    subject = "/C=SG/ST=Singapore/L=Singapore/O=Example/OU=Production/CN=Example production clients"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "3650", "-subj", subject]
    command += ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    subprocess.run(command, check=True, capture_output=True)
