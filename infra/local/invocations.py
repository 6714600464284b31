"""AWS' metrics of functions for every invocation. The emulator itself has them of those by the Invoke API alone."""

# Values of a metric that are kept: an hour of some invocations a second.
VALUES_MAX = 10_000


def install(provided_worker, lambda_svc, cloudwatch):
    """Replaces the emulator's metrics of invocations, where a function's process is invoked."""
    invoke = provided_worker.invoke

    def invoke_and_measure(worker, event, request_id, **named):
        result = invoke(worker, event, request_id, **named)
        _record(cloudwatch, worker.func_name, has_failed=result.get("status") == "error")
        return result

    provided_worker.invoke = invoke_and_measure
    lambda_svc._emit_lambda_metrics = lambda *arguments, **named: None
    bucket = cloudwatch._metric_bucket
    cloudwatch._metric_bucket = lambda key: _bounded(bucket(key))


def _record(cloudwatch, function, has_failed):
    dimensions = {"FunctionName": function}
    cloudwatch.record_metric("AWS/Lambda", "Invocations", 1, "Count", dimensions)
    cloudwatch.record_metric("AWS/Lambda", "Errors", int(has_failed), "Count", dimensions)


def _bounded(values):
    """Drops the oldest values."""
    del values[:-VALUES_MAX]
    return values
