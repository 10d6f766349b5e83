"""A generation of the root CA never changes once it exists. Pure."""

from alb_mtls.certificate_resources import RootCertificateInputs
from alb_mtls.properties import camel_case

_FIXED = ("source", "subject", "key", "validity", "certificate_pem")


def refused_change(old: RootCertificateInputs, new: RootCertificateInputs) -> str | None:
    """Return the sentence that refuses another description of a generation; None when it is the same.

    Args:
        old: what it was made by.
        new: what it would be made by now; a commonName that is only the default is that of `old`.
    """
    # What is not known yet, in a preview, equals nothing but itself.
    different = [camel_case(name) for name in _FIXED if getattr(old, name) != getattr(new, name)]
    if not different:
        return None
    listed = ", ".join(
        "the content of its certificateFile" if name == "certificatePem" else f"its {name}" for name in different
    )
    return (
        f"root CA generation {new.generation} exists and never changes, but {listed} did; put it back, and "
        f"describe generation {new.generation + 1} in an entry of its own: rootCa.generations: [{new.generation}, "
        f"{{number: {new.generation + 1}, ...}}] begins a rollover (docs/how-to/rollover.md)"
    )
