"""Reading `rootCa`: its generations, which of them is trusted, and which are given up."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.model import Generations
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.configuration.root_ca import GENERATION_KEYS, Described, read_root_cas

ROOT_CA_KEYS = (*GENERATION_KEYS, "generations", "trusted", "compromised", "abandoned", "protect")

_LAST_GENERATION = 1_000_000


def read_generations(
    reader: ObjectReader, *, default_common_name: str, context: ReadContext
) -> tuple[Generations, ObjectReader]:
    """Read all generations of the root CA; return them with the reader of the object that describes the newest.

    Args:
        reader: at the key `rootCa`.
        default_common_name: the commonName of a generated root when none is given.
        context: what the files of imported roots are checked with.
    """
    described = list(_described(reader))
    trusted = _trusted(reader, sorted(number for one in described for number in one.numbers))
    protect = reader.boolean("protect", default=False)
    root_cas = [
        root_ca
        for one in described
        for root_ca in read_root_cas(
            one,
            default_common_name=default_common_name,
            protect=protect,
            # One that is trusted no more may have ended: that must not stop a swap away from it, nor what follows.
            context=replace(context, enabled=False) if max(one.numbers) < trusted else context,
        )
    ]
    root_cas.sort(key=lambda one: one.generation)
    if protect and all(one.source == "purchased" for one in root_cas):
        reader.problem("protect", "guards what is in the state, and a purchased root CA is in CAS only; remove it")
    numbers = [one.generation for one in root_cas]
    generations = Generations(
        root_cas=tuple(root_cas),
        trusted=trusted if trusted in numbers else numbers[0],
        compromised=_numbers(reader, "compromised"),
        abandoned=_numbers(reader, "abandoned"),
    )
    _refuse_given_up(reader, generations)
    newest = next(one.reader for one in described if numbers[-1] in one.numbers)
    return generations, newest


def _described(reader: ObjectReader) -> Iterator[Described]:
    """Yield each description and the numbers of the generations that it is of; never nothing."""
    plain: list[int] = []
    taken: set[int] = set()
    own: list[Described] = []
    for index, entry in enumerate(reader.array("generations") or [1]):
        is_object = isinstance(entry, Mapping)
        described = reader.item("generations", index, entry, ("number", *GENERATION_KEYS)) if is_object else reader
        number: Any = entry
        if is_object:
            number = (
                described.integer("number", 0, minimum=1, maximum=_LAST_GENERATION) if described.has("number") else 0
            )
        if not _is_whole(number) or not 1 <= number <= _LAST_GENERATION:
            reader.problem(
                "generations",
                f"must be a list of whole numbers between 1 and {_LAST_GENERATION}, or of objects with such a number",
            )
            continue
        if int(number) in taken:
            reader.problem("generations", f"has generation {int(number)} twice; keep one of them")
            continue
        taken.add(int(number))
        if is_object:
            own.append(Described(numbers=(int(number),), reader=described))
        else:
            plain.append(int(number))
    if plain or not own:
        yield Described(numbers=_sharing(reader, sorted(plain) or [1]), reader=reader)
    else:
        for name in GENERATION_KEYS:
            if reader.has(name):
                reader.problem(
                    name,
                    "stands beside generations that are described by themselves; move it into its entry, or remove it "
                    "where it described a generation that is listed no more",
                )
    yield from own


def _sharing(reader: ObjectReader, numbers: list[int]) -> tuple[int, ...]:
    """Return the generations that `rootCa` itself describes; only generated ones can be several."""
    source = reader.text("source", "generated")
    if len(numbers) > 1 and source in {"imported", "purchased"}:
        listed = " and ".join(str(one) for one in numbers)
        reader.problem(
            "generations",
            f"are {listed} with one description of source {source}, which is one CA; write an entry with number, "
            "source and files of its own for all but one",
        )
        return (numbers[0],)
    return tuple(numbers)


def _trusted(reader: ObjectReader, numbers: list[int]) -> int:
    default = 1 if 1 in numbers else numbers[0]
    if not reader.has("trusted") and default != 1 and len(numbers) > 1:
        listed = " or ".join(str(one) for one in numbers)
        reader.problem("trusted", f"is needed: {listed}, the generation that the listeners trust")
    trusted = reader.integer("trusted", default, minimum=1, maximum=_LAST_GENERATION)
    if trusted not in numbers:
        reader.problem("trusted", f"is {trusted}, but must be one of the generations {numbers}")
        return numbers[0]
    return trusted


def _numbers(reader: ObjectReader, name: str) -> tuple[int, ...]:
    numbers = []
    for value in reader.array(name) or ():
        if not _is_whole(value) or not 1 <= value <= _LAST_GENERATION:
            reader.problem(name, f"must be a list of numbers of generations, each between 1 and {_LAST_GENERATION}")
            return ()
        numbers.append(int(value))
    return tuple(sorted(set(numbers)))


def _refuse_given_up(reader: ObjectReader, generations: Generations) -> None:
    """Record a trusted generation that is given up; one that is no longer listed is no mistake."""
    trusted = generations.trusted
    for name, numbers, why in (
        ("compromised", generations.compromised, "listeners must not trust it any more"),
        ("abandoned", generations.abandoned, "clients of a trusted generation are not rejected"),
    ):
        if trusted in numbers:
            reader.problem(
                name,
                f"names generation {trusted}, which rootCa.trusted names too, but {why}; correct one of the two",
            )


def _is_whole(value: object) -> bool:
    # Pulumi hands every number on as a float.
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())
