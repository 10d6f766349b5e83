"""Who acts on a lab: one name for an access key, a Kubernetes user and a kubeconfig."""

from enum import StrEnum


class PrincipalName(StrEnum):
    """All but the administrator are named after their files, `ram-policy-NAME.json` and `cluster-role-NAME.yaml`."""

    ADMIN = "admin"
    UP = "up"
    PREVIEW = "preview"
    OPERATIONS = "operations"
    ON_CALL = "on-call"


# Whoever is on call acts on the cluster alone.
WITH_ACCESS_KEY = (PrincipalName.ADMIN, PrincipalName.UP, PrincipalName.PREVIEW, PrincipalName.OPERATIONS)
LEAST_PRIVILEGED = (PrincipalName.UP, PrincipalName.PREVIEW, PrincipalName.OPERATIONS, PrincipalName.ON_CALL)
