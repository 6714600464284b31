"""The concurrency of functions: that of a queue's mapping, and what is reserved for a function."""


def install(lambda_svc):
    """Makes the emulator keep the numbers of a template, and those of a function for its versions too."""
    lambda_svc._sqs_esm_concurrency = _numbers(lambda_svc._sqs_esm_concurrency)
    lambda_svc._reserved_concurrency = _of_versions(lambda_svc._reserved_concurrency, lambda_svc)


def _numbers(concurrency_of_mapping):
    """Converts `ScalingConfig` to numbers: a template's parameter is text, which the emulator does not convert.

    A mapping tries one batch even where no concurrency is left to its function, and is throttled.
    """

    def concurrency(mapping, *rest):
        scaling = mapping.get("ScalingConfig") or {}
        numbers = {key: int(value) for key, value in scaling.items()}
        return max(1, concurrency_of_mapping({**mapping, "ScalingConfig": numbers}, *rest))

    return concurrency


def _of_versions(reserved_concurrency, lambda_svc):
    """What is reserved for a function is for all of its versions. The emulator knows it of the latest alone."""

    def reserved(version, config):
        function = lambda_svc._functions.get(config.get("FunctionName"))
        return reserved_concurrency(function or version, config)

    return reserved
