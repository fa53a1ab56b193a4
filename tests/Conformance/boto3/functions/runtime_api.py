#!/usr/bin/env python3
"""A custom runtime that examines the Runtime API itself. Each invoke answers what earlier calls were told."""

import http.client
import json
import os
import sys

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
findings = {}


def call(method, path, body=None, headers=()):
    connection = http.client.HTTPConnection(API)
    connection.request(method, path, body=body, headers=dict(headers))
    answer = connection.getresponse()
    found = {"status": answer.status, "body": answer.read().decode(),
             "headers": {name.lower(): value for name, value in answer.getheaders()}}
    connection.close()
    return found


def runtime(method, path, body=None, headers=()):
    return call(method, "/2018-06-01/runtime" + path, body, headers)


findings["ping"] = call("GET", "/2018-06-01/ping")
findings["unknown_route"] = runtime("GET", "/no/such/route")
while True:
    event = runtime("GET", "/invocation/next")
    request_id = event["headers"]["lambda-runtime-aws-request-id"]
    mine = f"/invocation/{request_id}/"
    asked = json.loads(event["body"])
    if asked == "findings":
        runtime("POST", mine + "response", json.dumps(findings))
        continue
    if asked == "error":
        findings["error"] = runtime("POST", mine + "error", '{"errorMessage":"said by the runtime","errorType":"My.Type"}',
                                    {"Lambda-Runtime-Function-Error-Type": "My.Type"})
        continue
    if asked == "streaming":
        connection = http.client.HTTPConnection(API)
        connection.request("POST", "/2018-06-01/runtime" + mine + "response", body=iter([b'"one ', b'two ', b'three"']),
                           headers={"Lambda-Runtime-Function-Response-Mode": "streaming"}, encode_chunked=True)
        findings["streaming"] = {"status": connection.getresponse().status}
        connection.close()
        continue
    if asked == "wrong id":  # AWS's own Runtime API answers nothing after this one, so tell it through the log and leave
        wrong = runtime("POST", "/invocation/00000000-0000-0000-0000-000000000000/response", "1")
        print("FOUND " + json.dumps(wrong), flush=True)
        sys.exit(1)
    findings["next"] = event
    findings["next_again"] = runtime("GET", "/invocation/next")
    findings["init_error_too_late"] = runtime("POST", "/init/error", "{}")
    findings["response"] = runtime("POST", mine + "response", '"first"')
    findings["second_response"] = runtime("POST", mine + "response", '"second"')
