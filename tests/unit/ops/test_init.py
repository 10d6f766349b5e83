"""`init` without a terminal: what it writes, what it refuses, and that everything missing is named at once."""

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from alb_mtls.aliyun.errors import AccessDenied, NoCredential, NotFound
from alb_mtls.cluster.errors import Forbidden
from alb_mtls.handshake.errors import Unreachable, UntrustedServer
from alb_mtls.handshake.target import Target
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from ops.cli import app
from ops.doctor.diagnosis import fine, problem, unknown
from ops.init import server_ca
from tests.fakes.cas import Cas
from tests.helpers.albconfigs import LISTENER, albconfig, http
from tests.helpers.certificates import make_root
from tests.helpers.command_line import CliRunner
from tests.helpers.ingresses import ingress
from tests.helpers.init_command import DNS_NAME, GENERATED, RefusedSite, World, make_world, run_init, strict


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A cluster with one listener that can be switched."""
    return make_world(tmp_path, monkeypatch)


def test_what_cluster_and_cloud_show_is_written_and_no_client_is_rejected_yet(world: World) -> None:
    done = run_init(*GENERATED, "--client", "alice")

    assert done.code == 0, done.err
    settings = world.settings
    assert (settings.enabled, settings.on_bypass, settings.root_ca.protect) == (False, "fail", True)
    assert [one.key for one in settings.listeners] == [LISTENER]
    assert (settings.alb.region, settings.cas.endpoint) == ("cn-hangzhou", "https://cas.aliyuncs.com")
    assert settings.access["kubernetes:context"] == "prod"
    assert settings.proof.host == "demo.alb.ingress.top"
    [alice] = settings.clients
    assert (alice.name, alice.validity, alice.renew_before) == ("alice", "90d", "30d")


def test_the_commands_that_come_next_are_printed_as_they_are_typed(world: World) -> None:
    done = run_init(*GENERATED, "--client", "alice")

    commands = [line.strip() for line in done.out.splitlines() if line.startswith("  pulumi ")]
    assert commands == [
        "pulumi stack init prod",
        "pulumi preview --stack prod",
        "pulumi up --stack prod",
        "pulumi config set enabled true --stack prod",
        "pulumi preview --stack prod",
        "pulumi up --stack prod",
    ]
    assert world.file.exists()


def test_an_imported_root_ca_and_a_request_are_the_shape_that_is_suggested(world: World) -> None:
    root = make_root()
    (world.folder / "pki").mkdir()
    (world.folder / "pki/root-ca.pem").write_text(certificate_pem(root.certificate), "utf-8")
    (world.folder / "pki/root-ca.key").write_text(private_key_pem(root.key), "utf-8")

    assert run_init().code == 0
    assert (world.settings.root_ca.source, world.settings.root_ca.key_file) == ("imported", "pki/root-ca.key")


def test_everything_that_is_missing_is_named_at_once_with_its_flag_and_nothing_is_written(world: World) -> None:
    world.kube.items = [albconfig(strict(), strict(8443), dnsname=DNS_NAME)]
    world.sites = {"china": Cas(), "international": Cas()}
    done = run_init("--client", "Alice", "--json")

    assert done.code == 2
    assert {one["flag"] for one in done.document["lacking"]} == {
        "--listener",
        "--cas-endpoint",
        "--certificate-file",
        "--client",
    }
    assert not world.file.exists()


def test_a_file_that_is_there_is_left_as_it_is(world: World) -> None:
    world.file.write_text("config:\n  alb-mtls:enabled: true\n", "utf-8")
    done = run_init(*GENERATED)

    assert (done.code, "is there already" in done.words) == (2, True)
    assert world.file.read_text("utf-8") == "config:\n  alb-mtls:enabled: true\n"


@pytest.mark.parametrize("before", ["encryptionsalt: v1:abc=\n", "encryptionsalt: v1:abc=\nconfig: {}\n", ""])
def test_what_stack_init_has_put_into_the_file_stays(world: World, before: str) -> None:
    world.file.write_text(before, "utf-8")
    done = run_init(*GENERATED)

    assert done.code == 0, done.err
    assert world.file.read_text("utf-8").startswith(before.splitlines()[0] if before else "# Stack prod")
    assert ("pulumi stack init" in done.out) == (not before)
    assert world.settings.enabled is False


@pytest.mark.parametrize(
    ("listener", "why"),
    [
        ("alb/80", "is HTTP, which cannot request client certificates"),
        ("quic/443/QUIC", "is QUIC, which cannot request client certificates"),
        ("basic/443", "is of edition Basic"),
        ("alb/9443", "the cluster has no listener alb/9443"),
        ("nobody/443", "the cluster has no listener nobody/443"),
    ],
)
def test_a_listener_that_cannot_do_it_is_refused_with_those_that_can(world: World, listener: str, why: str) -> None:
    world.kube.items = [
        albconfig(http(), strict(), dnsname=DNS_NAME),
        albconfig(strict(), {"port": 443, "protocol": "QUIC"}, name="quic"),
        albconfig(strict(), name="basic"),
    ]
    world.alb.editions = {"alb-of-basic": "Basic"}
    done = run_init(*GENERATED, "--listener", listener)

    assert done.code == 2
    assert why in done.words
    assert "these can: alb/443, quic/443" in done.words
    assert not world.file.exists()


def test_a_cluster_without_any_https_listener_says_what_it_has(world: World) -> None:
    world.kube.items = [albconfig(http(), dnsname=DNS_NAME)]
    done = run_init(*GENERATED)

    assert done.code == 2
    assert "alb/80/HTTP is HTTP" in done.words


def test_several_contexts_are_two_clusters_until_one_is_named(world: World) -> None:
    world.contexts("prod", "staging")
    done = run_init(*GENERATED)

    assert (done.code, "name one of prod, staging" in done.words) == (2, True)
    assert run_init(*GENERATED, "--context", "staging").code == 0
    assert world.settings.access["kubernetes:context"] == "staging"


def test_a_context_that_is_not_there_is_named_with_those_that_are(world: World) -> None:
    done = run_init(*GENERATED, "--context", "production")
    assert not world.file.exists()
    assert "has no context production; it has prod" in done.words


def test_the_site_that_accepts_the_credential_is_the_site_of_the_account(world: World) -> None:
    world.sites = {"china": RefusedSite(), "international": Cas()}
    assert run_init(*GENERATED).code == 0
    assert world.settings.cas.endpoint == "https://cas.ap-southeast-1.aliyuncs.com"


def test_where_no_site_accepts_the_credential_both_answers_are_given_and_none_is_guessed(world: World) -> None:
    world.sites = {"china": RefusedSite(), "international": RefusedSite()}
    done = run_init(*GENERATED)

    assert done.code == 2
    assert done.words.count("CAS does not know the access key") == 2
    assert not world.file.exists()


def test_the_region_of_the_dns_name_is_where_the_alb_is_looked_for(world: World) -> None:
    world.kube.items = [albconfig(strict(), dnsname="alb-1.internal.eu-central-1.alb.aliyuncsslbintl.com")]
    assert run_init(*GENERATED).code == 0
    assert world.settings.alb.region == "eu-central-1"
    assert {region for _, region in world.regions} == {"eu-central-1"}


def test_a_name_without_a_region_demands_one(world: World) -> None:
    world.kube.items = [albconfig(strict(), dnsname="alb.example")]
    done = run_init(*GENERATED)

    assert (done.code, "--region" in done.words) == (2, True)
    assert run_init(*GENERATED, "--region", "cn-beijing").code == 0
    assert world.settings.alb.region == "cn-beijing"


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (NotFound("not there", api="GetLoadBalancerAttribute", target="alb"), "has no ALB alb-of-alb"),
        (
            AccessDenied("Allow the RAM action alb:x", api="x", target="alb", action="alb:x"),
            "Allow the RAM action alb:x",
        ),
        (NoCredential("no credential", api="GetCredential", target="x"), "no credential"),
    ],
)
def test_what_the_cloud_refuses_is_one_sentence_and_nothing_is_written(
    world: World, failure: Exception, said: str
) -> None:
    world.alb.failure = failure
    done = run_init(*GENERATED)

    assert (done.code, done.out, said in done.words) == (2, "", True)
    assert not world.file.exists()


def test_a_user_who_may_not_read_the_cluster_learns_what_to_grant(world: World) -> None:
    world.kube.failure = Forbidden(verb="list", resource="albconfigs", user="me")
    done = run_init(*GENERATED)
    assert (done.code, "rbac/cluster-role-preview.yaml" in done.words) == (2, True)


def test_bypasses_other_cas_claims_and_holds_are_warned_of(world: World) -> None:
    element = strict(caEnabled=True, caCertificates=[{"CertificateId": "ca-of-somebody"}])
    world.kube.items = [
        albconfig(http(), element, dnsname=DNS_NAME, annotations={LISTENER.hold_annotation: "ticket 1"})
    ]
    world.kube.routes = [ingress(ports='[{"HTTP": 80}, {"HTTPS": 443}]')]
    done = run_init(*GENERATED)

    assert done.code == 0, done.err
    words = " ".join(done.out.split())
    assert "[HTTP_FORWARDS]" in words
    assert "is held, so an up writes nothing to it: ticket 1" in words
    assert "takeOver: ca-of-somebody" in words
    assert "# takeOver: ca-of-somebody" in world.file.read_text("utf-8")
    assert world.settings.listeners[0].take_over is None


def test_a_listener_that_nobody_holds_is_not_warned_of(world: World) -> None:
    assert "takeOver" not in run_init(*GENERATED).out
    assert "takeOver" not in world.file.read_text("utf-8")


@pytest.mark.parametrize(
    ("metadata", "write"),
    [
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "edge"}}, "none"),
        ({"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}, "patch"),
        ({}, "patch"),
    ],
    ids=["Flux", "kubectl apply", "nobody"],
)
def test_a_listener_that_git_has_is_written_by_git_with_the_reason(
    world: World, metadata: dict[str, Any], write: str
) -> None:
    item = albconfig(strict(), dnsname=DNS_NAME)
    item["metadata"] |= metadata
    world.kube.items = [item]
    words = " ".join(run_init(*GENERATED).out.split())
    assert world.settings.listeners[0].write == write
    assert ("docs/how-to/gitops/flux.md" in words) is (write == "none")
    assert ("docs/how-to/gitops/kubectl.md" in words) is ("annotations" in metadata)


def test_hosts_of_several_tenants_leave_the_choice_to_a_person(world: World) -> None:
    world.kube.routes = [ingress("a.example"), ingress("b.example", name="b", namespace="other")]
    done = run_init(*GENERATED)

    assert (done.code, "of a.example, b.example" in done.words) == (2, True)
    assert run_init(*GENERATED, "--proof-host", "b.example").code == 0
    assert world.settings.proof.host == "b.example"


def test_the_oldest_host_of_one_tenant_is_taken(world: World) -> None:
    world.kube.routes = [
        ingress("a.example", created="2026-02-01T00:00:00Z"),
        ingress("b.example", name="b", created="2026-01-01T00:00:00Z"),
    ]
    assert run_init(*GENERATED).code == 0
    assert world.settings.proof.host == "b.example"


def test_two_listeners_are_reached_where_each_has_its_place(world: World) -> None:
    world.kube.items = [albconfig(strict(), strict(8443), dnsname=DNS_NAME)]
    both = ("--listener", "alb/443", "--listener", "alb/8443", "--proof-host", "demo.alb.ingress.top")
    done = run_init(*GENERATED, *both, "--connect-to", "127.0.0.1:1")
    assert "write LISTENER=HOST:PORT" in done.words

    places = ("--connect-to", "alb/443=127.0.0.1:1", "--connect-to", "alb/8443=127.0.0.1:2")
    done = run_init(*GENERATED, *both, *places, "--connect-to", "alb/8443=127.0.0.1:3")
    assert done.code == 0, done.err
    assert [one.connect_to for one in world.settings.listeners] == [("127.0.0.1:1",), ("127.0.0.1:2", "127.0.0.1:3")]


@pytest.mark.parametrize("label", [LISTENER.label, "listener 8443/HTTPS of AlbConfig alb"])
def test_one_cause_has_one_line(world: World, label: str) -> None:
    element = strict(caCertificates=[{"CertificateId": "ca-of-somebody"}])
    world.kube.items = [albconfig(element, dnsname=DNS_NAME)]
    world.lines = [problem("preflight", f"{label} has another CA")]
    done = run_init(*GENERATED)
    assert ("names CA ca-of-somebody already" in " ".join(done.out.split())) == (label != LISTENER.label)
    assert "Next, when the problems are put right:" in done.out


@pytest.mark.parametrize(
    ("lines", "code"), [([fine("x", "y")], 0), ([unknown("x", "y")], 0), ([problem("x", "the cause", "the way")], 1)]
)
def test_a_problem_that_doctor_finds_ends_with_1_beside_the_written_file(
    world: World, lines: list[object], code: int
) -> None:
    world.lines = lines  # type: ignore[assignment] # of three kinds
    done = run_init(*GENERATED)
    assert (done.code, world.file.exists()) == (code, True)
    assert ("the cause" in done.out) == (code == 1)


def test_what_the_program_would_refuse_is_named_with_its_flag_and_not_written(world: World) -> None:
    done = run_init("--root-ca", "generated", "--subject", "/C=Singapore/ST=S/L=S/O=E/OU=P")
    assert (done.code, "--subject: rootCa.subject.country" in done.words) == (2, True)
    assert not world.file.exists()


def test_text_of_the_cluster_reaches_a_terminal_without_control_characters(world: World) -> None:
    world.kube.items = [albconfig(strict(), dnsname=DNS_NAME, annotations={LISTENER.hold_annotation: "\x1b[2Jgone"})]
    done = run_init(*GENERATED)
    assert "\x1b" not in done.out + world.file.read_text("utf-8")


def test_json_says_what_was_written_and_what_comes_next(world: World) -> None:
    document = run_init(*GENERATED, "--json").document
    assert (document["written"], document["file"]) == (True, "Pulumi.prod.yaml")
    assert document["next"][0] == "pulumi stack init prod"
    assert (document["listeners"], world.settings.enabled) == (["alb/443"], False)


@pytest.mark.parametrize("name", ["", "a b", "a/b/c/d", "../prod", "prod\n"])
def test_a_name_that_no_stack_can_have_is_refused(world: World, name: str) -> None:
    done = CliRunner().invoke(app, ["init", name, *GENERATED])
    assert done.exit_code == 2
    assert not list(world.folder.glob("**/Pulumi.*.yaml"))


def test_a_server_certificate_that_is_not_trusted_is_missing_until_somebody_says_who_signed_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = (*GENERATED, "--connect-to", "127.0.0.1:1")
    monkeypatch.setattr(server_ca, "baseline", _trusting("ca.pem"))
    (world.folder / "ca.pem").write_text(certificate_pem(make_root().certificate), "utf-8")
    (world.folder / "other.pem").touch()

    done = run_init(*reached)
    assert (done.code, "--server-ca: not trusted; or give --server-ca insecure" in done.words) == (2, True)
    assert "--server-ca: not trusted" in run_init(*reached, "--server-ca", "other.pem").words
    assert "--server-ca: there is no file none.pem" in run_init(*reached, "--server-ca", "none.pem").words
    assert not world.file.exists()

    assert run_init(*reached, "--server-ca", "ca.pem").code == 0
    assert world.file.read_text("utf-8").count("serverCa: ca.pem") == 1


def test_a_listener_that_does_not_answer_is_left_to_the_examination(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        sentence = "silent"
        raise Unreachable(sentence)

    monkeypatch.setattr(server_ca, "baseline", unreachable)
    assert run_init(*GENERATED).code == 0
    assert world.settings.proof.server_ca == "system"


def _trusting(file: str) -> Callable[..., None]:
    def baseline(targets: Sequence[Target], **_: object) -> None:
        if targets[0].server_ca != file:
            sentence = "not trusted"
            raise UntrustedServer(sentence)

    return baseline


@pytest.mark.parametrize("encoded", [False, True])
def test_the_content_of_a_kubeconfig_is_never_written(world: World, *, encoded: bool) -> None:
    content = (world.folder / "kubeconfig").read_text("utf-8")
    given = base64.b64encode(content.encode()).decode() if encoded else content

    done = run_init(*GENERATED, "--kubeconfig", given)

    assert done.code == 2
    assert "--kubeconfig: is no path but the content of a kubeconfig" in done.words
    assert not world.file.exists()


def test_the_path_of_a_kubeconfig_is_written(world: World) -> None:
    assert run_init(*GENERATED, "--kubeconfig", "kubeconfig").code == 0
    assert world.settings.access["kubernetes:kubeconfig"] == "kubeconfig"
