"""SAM's transform with the parameters of the stack, as AWS runs it. The emulator runs it with their defaults."""

import contextvars

_parameters = contextvars.ContextVar("parameters", default={})


def install(engine, users, sam):
    """Replaces the emulator's transforms in `engine` and the modules that use them, and SAM's own in the module `sam`."""
    emulated, transform = engine._apply_transforms, sam.transform

    def apply(template, provided=None, previous=None):
        token = _parameters.set(engine._transform_parameters(template, provided, previous))
        try:
            return emulated(template, provided, previous)
        finally:
            _parameters.reset(token)

    def transform_with_parameters(template, _without, *rest):
        return transform(template, dict(_parameters.get()), *rest)

    for module in (engine, *users):
        module._apply_transforms = apply
    sam.transform = transform_with_parameters
