"""Generations of the root CA beside those that were made: what of the configuration an `up` refuses for their sake."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from alb_mtls.certificate_resources import RootCertificateInputs
from alb_mtls.configuration.model import RootCaSettings, Settings
from alb_mtls.listeners.generation_numbers import UsedNumbers
from alb_mtls.root_ca_change import refused_change


def inputs_of(settings: RootCaSettings) -> RootCertificateInputs:
    """Return what a generation that is not purchased is made by."""
    if settings.source == "imported":
        return RootCertificateInputs(
            source="imported", generation=settings.generation, certificate_pem=settings.certificate_pem
        )
    return RootCertificateInputs(
        source=settings.source,
        generation=settings.generation,
        subject=settings.subject,
        named_after_stack=settings.named_after_stack or None,
        key=settings.key,
        validity=settings.validity,
    )


def refused_root_cas(
    settings: Settings, made: Sequence[RootCertificateInputs], used: UsedNumbers | None
) -> Iterator[str]:
    """Yield why generations of the configuration are refused: one that exists is another, or a number was used.

    Args:
        settings: of the stack.
        made: those in the state.
        used: numbers that the stack has used; None where the state does not say.
    """
    before = {one.generation: one for one in made}
    for one in settings.root_cas:
        if one.source == "purchased":
            continue
        old, new = before.get(one.generation), inputs_of(one)
        if old is not None:
            sentence = refused_change(_as_described(old), _named_as(old, new))
        else:
            sentence = None if used is None else used.refused(one.generation)
        if sentence is not None:
            yield sentence


def _as_described(made: RootCertificateInputs) -> RootCertificateInputs:
    """Return a generation without the certificate that was made of its description."""
    return made if made.source == "imported" else replace(made, certificate_pem=None)


def _named_as(old: RootCertificateInputs, new: RootCertificateInputs) -> RootCertificateInputs:
    """Return a generation under the name of before, where that is made of project and stack: a stack may be renamed."""
    if new.named_after_stack and old.named_after_stack and new.subject is not None and old.subject is not None:
        return replace(new, subject=replace(new.subject, common_name=old.subject.common_name))
    return new
