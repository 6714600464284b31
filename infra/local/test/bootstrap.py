"""A function that logs each event as a line of JSON. Its response depends on the event."""

import json
import os
import sys
import time
import urllib.request

RUNTIME = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"


def respond(event):
    if "methodArn" in event:
        return authorize(event)
    if "requestContext" in event:
        return websocket(event["requestContext"], event)
    return batch(event["Records"]) if "Records" in event else {"secret": os.environ["GENESYS_SECRET_ARN"]}


def authorize(event):
    headers = event["headers"]
    context = {"origin": headers.get("origin", ""), "protocols": headers["sec-websocket-protocol"]}
    effect = "Deny" if "denied" in headers["sec-websocket-protocol"] else "Allow"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "someone", "context": context, "policyDocument": policy}


def websocket(context, event):
    if context["eventType"] == "CONNECT":
        refused = "refused" in context["authorizer"].get("protocols", "")
        return {"statusCode": 429 if refused else 200, "headers": {"Sec-WebSocket-Protocol": "headroom.v1"}}
    if event.get("body") == "crash":
        sys.exit(1)
    if event.get("body") == "post":
        post(context)
    return {"statusCode": 200, "body": "not for the client"}


def post(context):
    """Posts the authorizer's context to the connection."""
    api = f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{context['apiId']}/{context['stage']}"
    body = json.dumps(context["authorizer"]).encode()
    urllib.request.urlopen(urllib.request.Request(f"{api}/@connections/{context['connectionId']}", body, method="POST"))


def batch(records):
    bodies = [record.get("body", "") for record in records]
    if any("slow" in body for body in bodies):
        time.sleep(0.5)
    failed = [record["messageId"] for record in records if "poison" in record.get("body", "")]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}


while True:
    with urllib.request.urlopen(f"{RUNTIME}/next") as response:
        request, event = response.headers["Lambda-Runtime-Aws-Request-Id"], json.load(response)
    print(json.dumps(event), flush=True)
    urllib.request.urlopen(f"{RUNTIME}/{request}/response", json.dumps(respond(event)).encode())
