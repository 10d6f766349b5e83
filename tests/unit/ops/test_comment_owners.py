"""A comment names who keeps an AlbConfig as preview and `status` do, with a name or without."""

import pytest

from alb_mtls.cluster.owners import Owner, Tool
from ops.comment.sections import owner_text

OWNERS = (
    Owner(tool=Tool.ARGO_CD, kind="application", name="shop", namespace="apps", evidence="e"),
    Owner(tool=Tool.ARGO_CD, kind="application", name="shop", evidence="e"),
    Owner(tool=Tool.ARGO_CD, kind="application", namespace="apps", evidence="e"),
    Owner(tool=Tool.KUBECTL, evidence="e"),
)


@pytest.mark.parametrize("owner", OWNERS, ids=lambda one: one.text)
def test_an_owner_of_a_report_has_the_words_of_every_message(owner: Owner) -> None:
    assert owner_text(dict(owner.to_json())) == owner.text
