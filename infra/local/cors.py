"""CORS of HTTP APIs from a template, whose properties the emulator keeps as they are written and looks up by other names."""


def install(apigateway):
    """Replaces what reads an API's configuration of CORS."""
    headers, preflight = apigateway._cors_response_headers, apigateway._cors_preflight_response
    apigateway._cors_response_headers = lambda configuration, origin: headers(_named(configuration), origin)
    apigateway._cors_preflight_response = lambda configuration, origin: preflight(_named(configuration), origin)


def _named(configuration):
    """The configuration with names as the API of API Gateway has them: `allowOrigins` for `AllowOrigins`."""
    return {name[0].lower() + name[1:]: value for name, value in (configuration or {}).items()}
