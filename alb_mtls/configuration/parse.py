"""The whole configuration at once: plain values in, settings out, or every mistake by its key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alb_mtls.aliyun.half_credentials import Part, missing_half
from alb_mtls.configuration.accepted import ACCEPT_KEYS, read_accepted
from alb_mtls.configuration.clients import CLIENT_KEYS, read_clients
from alb_mtls.configuration.context import IsSecret, ModeOf, ReadContext, ReadFile, no_mode, no_secret
from alb_mtls.configuration.fleets import FLEET_KEYS, read_fleets
from alb_mtls.configuration.folders import ListFolder, list_folder
from alb_mtls.configuration.generations import ROOT_CA_KEYS, read_generations
from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.problems import Problems, refuse_near_access_key, refuse_near_namespace
from alb_mtls.configuration.proof import PROOF_KEYS, read_proof
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.configuration.rollover import refuse_impossible_rollover
from alb_mtls.configuration.root_ca import refuse_short_life
from alb_mtls.configuration.targets import (
    ALB_KEYS,
    CAS_KEYS,
    LISTENER_KEYS,
    read_alb,
    read_cas,
    read_editions,
    read_listeners,
    read_region,
)
from alb_mtls.configuration.unique import Unique
from alb_mtls.resources import AlbApi

TOP_KEYS = (
    "enabled",
    "rootCa",
    "clients",
    "fleets",
    "cas",
    "alb",
    "listeners",
    "proof",
    "onBypass",
    "accept",
    "clusterId",
)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the configuration is read in.

    Attributes:
        region: candidates in the order they count, by where they come from.
        access: values of the `alicloud` and `kubernetes` namespaces by full key.
        read_file: gives the text of a file named in the configuration.
        others: keys of other namespaces, in full; one of a namespace that is spelled almost as the project is a slip.
        now: the present, aware, in UTC.
        preview: nothing will be signed or changed.
        mode_of: gives the mode of a file named in the configuration.
        environment: of the process.
        is_secret: says of a key at the top whether Pulumi keeps it, or a part of it, encrypted.
        list_folder: gives what lies in a folder named in the configuration.
    """

    project: str
    stack: str
    region: Mapping[str, str | None]
    access: Mapping[str, str]
    read_file: ReadFile
    now: datetime
    others: tuple[str, ...] = ()
    preview: bool = False
    mode_of: ModeOf = no_mode
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_secret: IsSecret = no_secret
    list_folder: ListFolder = list_folder


def parse_settings(values: Mapping[str, Any], surroundings: Surroundings) -> Settings:
    """Turn the values of the `alb-mtls` namespace into settings.

    Args:
        values: key (without namespace) to its value, objects and lists already decoded.
        surroundings: everything else that reading depends on.

    Raises:
        SettingsError: names every mistake found, by key.
    """
    problems = Problems()
    for key in surroundings.others:
        refuse_near_namespace(key, surroundings.project, TOP_KEYS, problems)
        refuse_near_access_key(key, problems)
    _refuse_half_credential(surroundings.access, problems)
    top = ObjectReader(values, "", TOP_KEYS, problems)
    enabled = top.boolean("enabled", default=True)
    context = ReadContext(
        read_file=surroundings.read_file,
        now=surroundings.now,
        enabled=enabled,
        preview=surroundings.preview,
        mode_of=surroundings.mode_of,
        environment=surroundings.environment,
        is_secret=surroundings.is_secret,
        list_folder=surroundings.list_folder,
    )
    root_ca = top.object("rootCa", ROOT_CA_KEYS)
    generations, newest = read_generations(
        root_ca,
        default_common_name=f"{surroundings.project}-{surroundings.stack} root",
        context=context,
    )
    unique = Unique()
    clients = read_clients(top.objects("clients", CLIENT_KEYS), generations=generations, unique=unique, context=context)
    fleets = read_fleets(top.objects("fleets", FLEET_KEYS), generations=generations, unique=unique, context=context)
    everybody = (*clients, *(client for fleet in fleets for client in fleet.clients))
    refuse_short_life(newest, generations.newest, everybody, context)
    refuse_impossible_rollover(root_ca, generations, everybody, context)
    alb_reader = top.object("alb", ALB_KEYS)
    alb = read_alb(alb_reader)
    on_bypass = top.choice("onBypass", ("warn", "fail"), "warn")
    settings = Settings(
        project=surroundings.project,
        stack=surroundings.stack,
        enabled=enabled,
        generations=generations,
        clients=clients,
        fleets=fleets,
        cas=read_cas(
            top.object("cas", CAS_KEYS),
            project=surroundings.project,
            stack=surroundings.stack,
            uploads=any(one.source != "purchased" for one in generations.root_cas),
        ),
        alb=AlbApi(endpoint=alb, region=read_region(surroundings.region, alb is not None, problems)),
        alb_editions=read_editions(alb_reader, problems),
        listeners=read_listeners(top.objects("listeners", LISTENER_KEYS), problems),
        proof=read_proof(
            top.object("proof", PROOF_KEYS), root_ca=generations.trusted_ca, clients=everybody, context=context
        ),
        on_bypass="fail" if on_bypass == "fail" else "warn",
        accepted=read_accepted(top.objects("accept", ACCEPT_KEYS), context.now),
        cluster_id=top.text("clusterId"),
        access=surroundings.access,
        warnings=tuple(context.warnings),
        preview=surroundings.preview,
    )
    problems.raise_if_any()
    return settings


def _refuse_half_credential(access: Mapping[str, str], problems: Problems) -> None:
    names = ("alicloud:accessKey", "alicloud:secretKey", "alicloud:securityToken")
    key, secret, token = (Part(name, access.get(name)) for name in names)
    sentence = missing_half(key, secret, token)
    if sentence is not None:
        about, _, message = sentence.partition(" ")
        problems.add(about, message)
