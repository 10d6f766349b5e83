"""How the SDKs send a request: no redirect is followed with a token, and no proxy stands where none must."""

from typing import Any
from urllib.parse import urlsplit

import requests
from darabonba import core
from requests.utils import should_bypass_proxies

from alb_mtls.addresses import is_loopback


class DirectSession(requests.Session):
    """A session of `requests` for signed calls of an API."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send a request once; not through a proxy to this machine, or to a host that NO_PROXY names.

        darabonba-core 1.0.9 hands over the proxy of the environment for every host.

        Raises:
            requests.TooManyRedirects: the answer is a redirect; to follow it would hand on the security token.
        """
        options["allow_redirects"] = False
        url = str(request.url)
        if goes_to_this_machine(url) or should_bypass_proxies(url, no_proxy=None):
            options["proxies"] = {}
        response = super().send(request, **options)
        if response.is_redirect:
            raise requests.TooManyRedirects(response=response)
        return response


def goes_to_this_machine(url: str) -> bool:
    """Say whether a URL is one of this machine, which no proxy on another one can reach."""
    return is_loopback(urlsplit(url).hostname or "")


def install() -> None:
    """Let the SDKs make such sessions; they have no option for either. Calling it again changes nothing."""
    core.Session = DirectSession  # the name that its sessions are made by
