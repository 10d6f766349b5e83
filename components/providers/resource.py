"""The base of the dynamic resources, which checks the names of what it is given."""

from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource

from alb_mtls.properties import property_names, to_props
from components.providers.base import Properties, Provider


def input_props(record: type[Any], /, **values: Any) -> Properties:
    """Return the properties of a record whose values may be Pulumi's inputs, without what is None.

    Raises:
        TypeError: the record has no field of that name, or one that it requires is missing.
    """
    return to_props(record(**values))


class TypedResource(Resource):
    """A resource that is given the fields of its `…Inputs`, and whose outputs are those of its `…Outputs`."""

    provider_class: ClassVar[type[Provider]]
    inputs_record: ClassVar[type[Any]]
    outputs_record: ClassVar[type[Any]]
    secret_outputs: ClassVar[tuple[str, ...]]
    secret_inputs: ClassVar[tuple[str, ...]]

    def __init_subclass__(
        cls,
        *,
        module: str,
        name: str,
        provider: type[Provider],
        inputs: type[Any],
        outputs: type[Any],
        secret_outputs: tuple[str, ...] = (),
        secret_inputs: tuple[str, ...] = (),
    ) -> None:
        """Take the token (`module` and `name`), the provider and the records of a resource.

        What is given as a secret is one without being named; `secret_inputs` makes one of what is not.
        """
        super().__init_subclass__(module=module, name=name)
        cls.provider_class, cls.inputs_record, cls.outputs_record = provider, inputs, outputs
        cls.secret_outputs, cls.secret_inputs = secret_outputs, secret_inputs

    def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None, /, **inputs: Any) -> None:
        """Register the resource.

        Args:
            resource_name: in the state.
            opts: of Pulumi.
            inputs: by the names of their fields; each value may be one of Pulumi's inputs.

        Raises:
            TypeError: there is no such input, or a required one is missing.
        """
        # Pulumi gives a resource only the outputs whose names it is registered with.
        computed = dict.fromkeys(property_names(self.outputs_record))
        given = input_props(self.inputs_record, **inputs)
        given |= {name: pulumi.Output.secret(given[name]) for name in self.secret_inputs if name in given}
        super().__init__(
            self.provider_class(),
            resource_name,
            {**computed, **given},
            pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(additional_secret_outputs=list(self.secret_outputs))
            ),
        )
