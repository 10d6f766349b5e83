"""Repositories of the Certificate Management Service, and what calls on all that lies in them share.

API 2020-04-07 (docs/facts/alibaba-cloud.md, CAS API). Nothing in it is idempotent: no document calls names unique,
the same certificate can be uploaded twice, and no call takes a client token. So whoever creates looks first, and looks
again after a lost reply. Where names are unique after all, one that is taken is no failure by itself.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from threading import Lock
from typing import Any, Final, TypeVar

from alb_mtls.aliyun.answers import Members
from alb_mtls.aliyun.cas_models import UPLOADED_CA_TYPE, Repository, repository
from alb_mtls.aliyun.endpoints import Endpoint
from alb_mtls.aliyun.errors import DeadlinePassed, NotFound, RequestRejected
from alb_mtls.aliyun.paging import CAS_PAGE_SIZE, Page, numbered_page, numbered_pages
from alb_mtls.aliyun.retry import RetryPolicy
from alb_mtls.aliyun.sdk import CAS, SdkClient

T = TypeVar("T")

_NAME_TAKEN: Final = ("NameRepeat", "NameAlreadyExist")
LOOK_SECONDS: Final = 5.0
"""Looked for so long before it is created, and after a lost reply (docs/reference/state-and-claim.md, CAS)."""


class CasRepositories:
    """Repositories of one account at one site; thread-safe.

    Every method raises `CloudError`, and the subclasses that its docstring names.
    """

    def __init__(self, *, endpoint: Endpoint, credential: Any, policy: RetryPolicy | None = None) -> None:
        """Keep the parameters; nothing is called yet."""
        self._policy = policy or RetryPolicy()
        self._host = endpoint.host
        self._sdk = SdkClient(service=CAS, endpoint=endpoint, credential=credential, policy=self._policy)
        self._ensuring = Lock()

    def repositories(self, name: str | None = None) -> list[Repository]:
        """Return the repositories of uploaded CA certificates, oldest first; `name` narrows to that name."""
        return [one for one in self._all_repositories(name) if one.takes_ca_certificates]

    def find_repository(self, name: str) -> Repository | None:
        """Return the repository called `name`, the oldest if there are several, or None.

        Raises:
            RequestRejected: There are only repositories of that name that take other certificates.
        """
        found = self._all_repositories(name)
        usable = [one for one in found if one.takes_ca_certificates]
        if found and not usable:
            message = (
                f"CAS repository {name} has the type {found[0].type}, which takes no CA certificates. "
                'Name a repository whose data source is "Upload CA Certificates", or leave the name out.'
            )
            raise RequestRejected(message, api="ListCertWarehouse", target=f"repository {name}")
        return usable[0] if usable else None

    def look_for_repository(self, name: str) -> Repository | None:
        """Return the repository called `name`, looked for during `LOOK_SECONDS`: a new one is not listed at once."""
        return self._look_for(lambda: self.find_repository(name), f"repository {name}")

    def ensure_repository(self, name: str, *, is_new: bool = False) -> Repository:
        """Return the repository called `name`, and create it when there is none.

        Before it is created, and after a lost reply, it is looked for during `LOOK_SECONDS`. Of two with one name the
        oldest is returned. Whoever comes second waits for the first, and finds what that one has made.

        Args:
            name: Of the repository.
            is_new: Nobody can have created it before this process, so it is looked for once.

        Raises:
            DeadlinePassed: It was created, but is not listed with its numeric id.
            QuotaUsedUp: The account has no room for another repository.
        """
        with self._ensuring:
            found = self.find_repository(name) if is_new else self.look_for_repository(name)
            return found or self._create_repository(name)

    def _create_repository(self, name: str) -> Repository:
        target = f"repository {name}"
        is_taken = False
        try:
            after_all = self._sdk.call(
                "CreateWarehouse",
                {"Name": name, "Type": UPLOADED_CA_TYPE},
                target=target,
                read=_nothing,
                after_lost_reply=lambda: self.look_for_repository(name),
            )
        except RequestRejected as error:
            # It is there, and not listed yet.
            if not is_name_taken(error):
                raise
            after_all, is_taken = None, True
        if after_all is not None:
            return after_all
        seconds = self._policy.deadline_seconds
        listed = self._policy.poll(
            lambda: self.find_repository(name), seconds=seconds, what=f"CAS to list repository {name}"
        )
        if listed is not None:
            return listed
        message = (
            f"CAS accepted repository {name} but did not list it within {seconds:.0f} s. "
            "Run it again: it is found by its name."
        )
        if is_taken:
            message = (
                f"CAS at {self._host} rejects the name of repository {name} as taken, and listed no repository of that "
                f"name within {seconds:.0f} s. Run it again; if it stays so, delete the repository in the CAS console."
            )
        raise DeadlinePassed(message, api="ListCertWarehouse", target=target)

    def delete_repository(self, instance_id: str) -> None:
        """Delete a repository; one that is gone already counts as deleted.

        Raises:
            InUse: It is not empty.
        """
        self._delete("DeleteWarehouse", f"repository {instance_id}", {"WarehouseInstanceId": instance_id})

    def _all_repositories(self, name: str | None) -> list[Repository]:
        listed = self._entries("ListCertWarehouse", {"Name": name}, name, repository, items="CertWarehouseList")
        # The name filter of the API is fuzzy.
        found = {one.warehouse_id: one for one in listed if one is not None and name in {None, one.name}}
        return [found[key] for key in sorted(found)]

    def _entries(
        self, api: str, filters: Mapping[str, Any], where: str | None, read: Callable[[Members], T], *, items: str
    ) -> Iterator[T]:
        target = f"repository {where}" if where else "all repositories"

        def page(answer: Members) -> Page[T]:
            return numbered_page(answer, read, items=items)

        def fetch(number: int) -> Page[T]:
            request = {"CurrentPage": number, "ShowSize": CAS_PAGE_SIZE, **filters}
            return self._sdk.call(api, request, target=target, read=page)

        return numbered_pages(fetch, items=items)

    def _look_for(self, find: Callable[[], T | None], what: str) -> T | None:
        return self._policy.poll(find, seconds=LOOK_SECONDS, what=f"CAS to list {what}, if it has it")

    def _delete(self, api: str, target: str, request: Mapping[str, Any]) -> None:
        with suppress(NotFound):
            self._sdk.call(api, request, target=target, read=_nothing)


def _nothing(_answer: Members) -> None:
    """Read an answer that says no more than that it was done."""


def is_name_taken(error: RequestRejected) -> bool:
    """Say whether CAS rejected a name because something has it."""
    return (error.code or "").startswith(_NAME_TAKEN)
