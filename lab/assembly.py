"""Puts the parts of a lab together around its Kubernetes API, and takes them apart in the opposite order."""

import asyncio
import errno
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from lab.behaviour import DataPlaneBehaviour
from lab.cloud import Cloud, alb_app, cas_app
from lab.control_plane import albconfig_manifests, new_listeners
from lab.control_plane.access import Access
from lab.control_plane.programs import etcd_url
from lab.control_plane.seed import bring_up
from lab.controller import Controller
from lab.dataplane import DataPlane
from lab.garbage_collector import GarbageCollector
from lab.interception import Interceptor, Journal
from lab.kubernetes_proxy import kubernetes_proxy
from lab.management import management_app
from lab.ports import LOOPBACK
from lab.principal_name import WITH_ACCESS_KEY, PrincipalName
from lab.process import ManagedProcess, PortTakenError, ProcessError, ProgramSpec, while_they_run
from lab.process_records import GRACE_SECONDS
from lab.quiescence import Quiescence
from lab.serving import serve
from lab.status import write_status
from lab.webhook import PATH, Registration, webhook_app
from tools.toolchain import locate

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from starlette.types import ASGIApp

    from lab.control_plane import ControlPlane
    from lab.paths import LabPaths
    from lab.ports import Component, PortPlan
    from lab.process_records import ProcessRecords
    from lab.settings import LabSettings
    from lab.status import AlbConfigStatus, CredentialsStatus, Status

_LISTENERS_SECONDS = 30.0
_POLL_SECONDS = 0.05
# The Basic ALB that AlbConfig alb-basic reuses by its id.
_BASIC = "alb-basic"


class Assembly:
    """All parts of a lab but its Kubernetes API, which is started before and ended after them.

    Attributes:
        changed: set when what `status` describes may be another.
    """

    def __init__(
        self,
        *,
        paths: "LabPaths",
        settings: "LabSettings",
        ports: "PortPlan",
        records: "ProcessRecords",
        control_plane: "ControlPlane",
        report: "Callable[[str], None]",
    ) -> None:
        """Make the parts that are no processes; nothing listens yet."""
        self._paths = paths
        self._ports = ports
        self._records = records
        self._control_plane = control_plane
        self._report = report
        self._stack = AsyncExitStack()
        self._stop = asyncio.Event()
        self.processes: list[ManagedProcess] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._cloud = Cloud()
        self.changed = asyncio.Event()
        self._cloud.alb.subscribe(self.changed.set)
        self._interceptor = Interceptor(
            journal=Journal(
                file=paths.journal,
                secrets=[
                    *(each.access_key_secret for each in self._cloud.credentials.values()),
                    *(each.security_token for each in self._cloud.credentials.values()),
                    *control_plane.users.names(),
                ],
            )
        )
        paths.data_plane.mkdir(mode=0o700)
        self._data_plane = DataPlane(
            cloud=self._cloud,
            folder=paths.data_plane,
            server_ca=paths.server_ca,
            ports=ports,
            behaviour=DataPlaneBehaviour(refusal=settings.refusal),
        )
        self._controller = Controller(
            access=Access.of(control_plane),
            cloud=self._cloud,
            data_plane=self._data_plane,
            mode=settings.controller,
        )
        self._registration = Registration(
            self._controller.behaviour, access=Access.of(control_plane), etcd=etcd_url(ports)
        )
        self._quiescence = Quiescence(
            controller=self._controller,
            registration=self._registration,
            cloud=self._cloud,
            data_plane=self._data_plane,
            publish=lambda: write_status(paths, self.status()),
        )

    async def start(self) -> None:
        """Start everything and return when each listener of the lab's AlbConfigs answers.

        Raises:
            ProcessError: a part could not be started.
            SeedError: kube-apiserver rejected one of the lab's objects.
        """
        self._report("starting the data plane and the cloud APIs")
        for instance in self._data_plane.instances:
            await self._spawn(instance.program(binary=locate("caddy"), log=self._paths.log(instance.name)))
        await self._serve("cas", cas_app(self._cloud, self._interceptor))
        await self._serve("alb", alb_app(self._cloud, self._interceptor))
        await self._serve(
            "management",
            management_app(
                interceptor=self._interceptor,
                cloud=self._cloud,
                controller=self._controller,
                behaviour={
                    "cloud": self._cloud.behaviour,
                    "controller": self._controller.behaviour,
                    "data_plane": self._data_plane.behaviour,
                },
                quiescence=self._quiescence,
            ),
        )
        await self._serve("webhook", webhook_app(self._controller.behaviour), tls=self._control_plane.certificates.tls)
        self._cloud.alb.create_load_balancer(name=_BASIC, edition="Basic", load_balancer_id=_basic_id())
        self._report("waiting for kube-apiserver")
        await while_they_run(self._wait_for_programs(), self.processes)
        await self._serve_kubernetes()
        self._report("waiting for the controller and the listeners")
        self._run("data plane", self._data_plane.run(self._stop))
        self._run("controller", self._controller.run(self._stop))
        self._run("garbage collector", GarbageCollector(Access.of(self._control_plane)).run(self._stop))
        self._run("webhook", self._registration.run(self._stop))
        await while_they_run(self._wait_for_listeners(), [*self._control_plane.processes, *self.processes])

    def status(self) -> "Status":
        """Describe the lab as it is now."""
        return {
            "pid": os.getpid(),
            "kubeconfig": {
                "admin": str(self._paths.admin_kubeconfig),
                "program": str(self._paths.program_kubeconfig),
                "preview": str(self._paths.kubeconfig_of(PrincipalName.PREVIEW)),
                "operations": str(self._paths.kubeconfig_of(PrincipalName.OPERATIONS)),
                "onCall": str(self._paths.kubeconfig_of(PrincipalName.ON_CALL)),
            },
            "credentials": self._access_key(PrincipalName.UP),
            "accessKeys": {name.value: self._access_key(name) for name in WITH_ACCESS_KEY},
            "endpoints": {
                "cas": self._address("cas"),
                "alb": self._address("alb"),
                "management": self._address("management"),
            },
            "albconfigs": {
                albconfig: self._albconfig(load_balancer_id)
                for load_balancer_id, albconfig in sorted(self._data_plane.albconfigs.items(), key=lambda item: item[1])
            },
        }

    async def stop(self) -> None:
        """End everything, the last started first; harmless when the start got nowhere."""
        self._stop.set()
        await self._stack.aclose()

    async def _spawn(self, program: "ProgramSpec") -> None:
        process = await ManagedProcess.spawn(program, self._records)
        self._stack.push_async_callback(process.stop)
        self.processes.append(process)

    async def _serve(self, component: "Component", app: "ASGIApp", tls: "tuple[Path, Path] | None" = None) -> None:
        port = self._ports.component(component)
        try:
            server = await serve(app, port=port, tls=tls)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTakenError(component, port) from error
            raise
        self._stack.push_async_callback(server.stop)

    async def _serve_kubernetes(self) -> None:
        certificates = self._control_plane.certificates
        proxy = kubernetes_proxy(
            upstream=self._control_plane.url,
            ca_file=certificates.ca,
            interceptor=self._interceptor,
            users=self._control_plane.users.names(),
        )
        await self._serve("kubernetes-proxy", proxy, tls=certificates.tls)
        self._control_plane.write_program_access(server=f"https://{self._address('kubernetes-proxy')}")

    def _run(self, name: str, coroutine: "Coroutine[None, None, None]") -> None:
        task = asyncio.create_task(coroutine, name=name)
        self.tasks.append(task)
        self._stack.push_async_callback(_ended, task)

    async def _wait_for_programs(self) -> None:
        for process in self.processes:
            await process.wait_ready()
        await bring_up(self._control_plane, webhook=f"https://{self._address('webhook')}{PATH}")

    async def _wait_for_listeners(self) -> None:
        try:
            async with asyncio.timeout(_LISTENERS_SECONDS):
                while missing := self._missing_listeners():
                    _raise_if_ended(self.tasks)
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            message = (
                f"listeners {', '.join(missing)} were not running within {_LISTENERS_SECONDS:g} s: "
                f"`{self._paths.command('logs daemon')}` shows the errors of the controller; "
                f"start the lab again with `{self._paths.command('up')}`"
            )
            raise ProcessError(message) from None

    def _missing_listeners(self) -> list[str]:
        expected = {f"{albconfig} {label}" for albconfig, label in new_listeners()}
        running = {
            f"{albconfig} {listener.label}"
            for load_balancer_id, albconfig in self._data_plane.albconfigs.items()
            for listener in self._cloud.alb.listeners(load_balancer_id)
            if listener.status == "Running"
        }
        return sorted(expected - running)

    def _access_key(self, name: PrincipalName) -> "CredentialsStatus":
        credentials = self._cloud.credentials[name]
        return {
            "accessKeyId": credentials.access_key_id,
            "accessKeySecret": credentials.access_key_secret,
            "securityToken": credentials.security_token,
        }

    def _albconfig(self, load_balancer_id: str) -> "AlbConfigStatus":
        return {
            "loadBalancerId": load_balancer_id,
            "listeners": {
                listener.label: {"listenerId": listener.listener_id, "address": address}
                for listener in self._cloud.alb.listeners(load_balancer_id)
                if (address := self._data_plane.address(listener)) is not None
            },
        }

    def _address(self, component: "Component") -> str:
        return f"{LOOPBACK}:{self._ports.component(component)}"


def _basic_id() -> str:
    [basic] = [each for each in albconfig_manifests() if each["metadata"]["name"] == _BASIC]
    return str(basic["spec"]["config"]["id"])


async def _ended(task: "asyncio.Task[None]") -> None:
    # It was asked to stop; a task that goes on is cancelled, and what it raised was reported before.
    await asyncio.wait({task}, timeout=GRACE_SECONDS)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _raise_if_ended(tasks: "list[asyncio.Task[None]]") -> None:
    for task in tasks:
        if task.done():
            task.result()
            message = f"the {task.get_name()} ended by itself"
            raise ProcessError(message)
