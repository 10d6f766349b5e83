"""The page for a file that is applied with kubectl: turned on, off and given back by three commits, as it says."""

import os

from alb_mtls.listeners.fragment import committed_text
from tests.helpers.lab import LabHandle
from tests.helpers.needed import need
from tests.helpers.page_commands import Shell, steps
from tests.helpers.stack import REPOSITORY
from tests.helpers.stack_config import listener
from tests.stack.conftest import MakeStack

PAGE = "how-to/gitops/kubectl.md"


def test_a_file_that_git_has_turns_a_listener_on_and_off_and_gives_it_back(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    need("kubectl")
    stack = make_stack(
        listeners=[{**listener(lab, "alb", 443), "write": "none"}],
        proof={"mode": "api", "serverCa": str(lab.paths.server_ca)},
    )
    _, https = lab.albconfig("alb")["spec"]["listeners"]
    zones = lab.albconfig("alb")["spec"]["config"]["zoneMappings"]
    replaced = {
        "--stack prod": f"--stack {stack.name}",
        "pulumi up": "pulumi up --yes --skip-preview",
        "pulumi destroy": "pulumi destroy --yes --skip-preview",
        "756***-cn-hangzhou": https["certificates"][0]["CertificateId"],
        "vsw-example-a": zones[0]["vSwitchId"],
        "vsw-example-b": zones[1]["vSwitchId"],
    }
    environment = {**os.environ, **stack.environment, "KUBECONFIG": str(lab.paths.admin_kubeconfig)}
    reader = Shell(folder=stack.folder, replaced=replaced, environment={**environment, "PYTHONPATH": str(REPOSITORY)})
    met: list[bool | None] = []
    for step in steps(PAGE):
        reader.run(step)
        if step.text.startswith("pulumi up") and "CertificateId: 1ed65580-example" not in replaced:
            identifier = stack.outputs()["listeners"]["alb/443"]["caIdentifier"]
            # Quoted where a reader could take its digits for a number.
            replaced["CertificateId: 1ed65580-example"] = committed_text({"CertificateId": identifier}).strip()
        if step.text.startswith("kubectl apply"):
            lab.settle()
            met.append(lab.listener("alb", "443/HTTPS").ca_enabled)

    assert met == [False, True, False, False]
    assert "alb-mtls/claim.443.https" not in lab.albconfig("alb")["metadata"]["annotations"]
    assert [one["type"] for one in stack.resources()] == []
