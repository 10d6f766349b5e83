"""The root CA certificate of one generation. Module path and class names are frozen: they stand in the state."""

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.certificate_resources import RootCertificateInputs, RootCertificateOutputs
from alb_mtls.imports import import_turn
from alb_mtls.properties import from_props, to_props
from alb_mtls.root_ca_change import refused_change
from components.providers import process
from components.providers.base import Properties, Provider, refused, user_facing_errors, without_internal
from components.providers.resource import TypedResource


class RootCertificateProvider(Provider):
    """Makes a root CA once, or records an imported one, and keeps either as it is."""

    @user_facing_errors
    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Refuse any change of a generation that exists, and a new one under a number that was used.

        Pulumi calls this in preview and up, with the inputs of last time and those of now. That a stack was renamed
        is no change of its root CA.
        """
        news = without_internal(news)
        if not _olds:
            numbers, generation = process.numbers(), from_props(RootCertificateInputs, news).generation
            used = None if numbers is None else numbers.refused(generation)
            return refused(news, *([] if used is None else [used]))
        if news.get("namedAfterStack") and _olds.get("namedAfterStack"):
            news["subject"] = {**news["subject"], "commonName": _olds["subject"]["commonName"]}
        # A generated certificate is an output only, so that comparing inputs leaves it out by itself.
        new = from_props(RootCertificateInputs, news)
        sentence = refused_change(from_props(RootCertificateInputs, _olds), new)
        return refused(news, *([] if sentence is None else [sentence]))

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find nothing: what exists is immutable and `check` has rejected a change already.

        Pulumi calls this in preview and up when the resource exists.
        """
        return DiffResult(changes=False)

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Make key and certificate, or take the imported certificate.

        Pulumi calls this in up, when the resource is not in the state.
        """
        with import_turn:
            from alb_mtls.pki.issuing import describe, make_root

        inputs = from_props(RootCertificateInputs, props)
        if inputs.subject is not None and inputs.key is not None and inputs.validity is not None:
            pem, key_pem = make_root(subject=inputs.subject, key=inputs.key, validity=inputs.validity)
        else:
            pem, key_pem = str(inputs.certificate_pem), None
        described = describe(pem)
        outputs = RootCertificateOutputs(
            **{**vars(inputs), "certificate_pem": pem}, private_key_pem=key_pem, **vars(described)
        )
        return CreateResult(outputs.fingerprint, to_props(outputs))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return what the state holds: a certificate lives nowhere else.

        Pulumi calls this in refresh.
        """
        return ReadResult(id_, without_internal(props))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Keep everything; `diff` never leads to an update, but without this Pulumi's own would drop the outputs."""
        return UpdateResult(to_props(from_props(RootCertificateOutputs, _olds)))

    def delete(self, _id: str, _props: Properties) -> None:
        """Forget the certificate; nothing outside the state holds it.

        Pulumi calls this in destroy and after a replacement, later than everything that depends on it.
        """


class RootCertificate(
    TypedResource,
    module="pki",
    name="RootCertificate",
    provider=RootCertificateProvider,
    inputs=RootCertificateInputs,
    outputs=RootCertificateOutputs,
    secret_outputs=("privateKeyPem",),
):
    """A root CA certificate in the state; `privateKeyPem` is a secret and absent for an imported one."""

    certificatePem: pulumi.Output[str]  # noqa: N815 - the name of the property in the state
    privateKeyPem: pulumi.Output[str]  # noqa: N815 - the name of the property in the state
    fingerprint: pulumi.Output[str]
    notAfter: pulumi.Output[str]  # noqa: N815 - the name of the property in the state
