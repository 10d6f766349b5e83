"""The same preview of a larger stack: ten listeners on five AlbConfigs, and a hundred Ingresses."""

import json
from typing import Any

from lab.certificates import SERVER_CERTIFICATE_ID
from tests.helpers.lab import GROUP, PLURAL, VERSION
from tests.helpers.reused_alb import create_albconfig
from tools.bench import project
from tools.bench.bench_lab import BenchLab, bench_lab
from tools.bench.pulumi_cli import Cli
from tools.bench.section import Bench, Goal, Section
from tools.bench.sections.previews import EMPTY, Previews, Subject, nothing, ratio_goal, table, timed
from tools.bench.table import Table

_ALBCONFIGS = ("bench-a", "bench-b", "bench-c", "bench-d", "bench-e")
_PORTS = (443, 8443)
_NAME = "ten listeners on five AlbConfigs, with the Ingresses"
_AIM = 2.0


def measure(bench: Bench) -> Previews:
    """Time no-op previews of ten listeners.

    Raises:
        BenchError: a command failed, or a preview found something to do.
    """
    with bench_lab(bench.report) as lab:
        config = project.dev_config(lab)
        bench.report(f"listeners: {len(_ALBCONFIGS)} AlbConfigs and {bench.size.ingresses} Ingresses")
        _grow(lab, bench.size.ingresses)
        subjects = nothing(lab, bench.folder)
        cli = Cli(folder=project.program(bench.folder / "ten"), environment=lab.environment(bench.folder))
        cli.init()
        config["alb-mtls:proof"] = {"mode": "api"}
        config["alb-mtls:listeners"] = [{"albConfig": name, "port": port} for name in _ALBCONFIGS for port in _PORTS]
        project.configure(cli.folder, config)
        bench.report("listeners: deploying")
        cli.seconds("up", "--yes", "--skip-preview")
        taken = {EMPTY: subjects[EMPTY], _NAME: Subject(cli=cli)}
        return timed(lab, taken, rounds=bench.size.previews, report=bench.report)


def _grow(lab: BenchLab, ingresses: int) -> None:
    """Leave the lab nothing but these AlbConfigs and as many Ingresses."""
    elements = [
        {"port": port, "protocol": "HTTPS", "certificates": [{"CertificateId": SERVER_CERTIFICATE_ID}]}
        for port in _PORTS
    ]
    custom: Any = lab.custom_objects()
    ours = {"group": "networking.k8s.io", "version": "v1", "namespace": "default", "plural": "ingresses"}
    for one in custom.list_namespaced_custom_object(**ours)["items"]:
        custom.delete_namespaced_custom_object(**ours, name=one["metadata"]["name"])
    for one in custom.list_cluster_custom_object(GROUP, VERSION, PLURAL)["items"]:
        custom.delete_cluster_custom_object(GROUP, VERSION, PLURAL, one["metadata"]["name"])
    zones = [{"vSwitchId": "vsw-lab0zone0a"}, {"vSwitchId": "vsw-lab0zone0b"}]
    for name in _ALBCONFIGS:
        config = {"name": name, "addressType": "Internet", "edition": "Standard", "zoneMappings": zones}
        create_albconfig(lab, name, config, *elements)
    for number in range(len(_ALBCONFIGS), ingresses):
        custom.create_namespaced_custom_object(**ours, body=_ingress(number, _ALBCONFIGS[number % len(_ALBCONFIGS)]))
    lab.settle()


def _ingress(number: int, albconfig: str) -> dict[str, Any]:
    host, ports = f"host-{number}.alb.ingress.top", json.dumps([{"HTTPS": port} for port in _PORTS])
    backend = {"service": {"name": f"{albconfig}-service", "port": {"number": 80}}}
    rule = {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": f"ingress-{number}",
            "annotations": {"alb.ingress.kubernetes.io/listen-ports": ports},
        },
        "spec": {"ingressClassName": albconfig, "tls": [{"hosts": [host]}], "rules": [rule]},
    }


def _tables(figures: Previews) -> list[Table]:
    note = (
        "Deployed with `proof.mode: api`, which a preview that finds nothing to do does not depend on: it opens no "
        "connection to a listener."
    )
    title = "A preview that finds nothing to do, of ten listeners and a hundred Ingresses"
    return [table(figures, title, {_NAME: {"aim": _AIM}}, [note])]


def _goals(figures: Previews) -> list[Goal]:
    figure = "the same with 10 listeners on 5 AlbConfigs and 100 Ingresses"
    return [ratio_goal(figures, _NAME, figure=figure, aim=_AIM)]


SECTION = Section(name="listeners", figures=Previews, measure=measure, tables=_tables, goals=_goals)
