#!/usr/bin/python3
"""Verifies recorded webhooks as a receiver would, by Standard Webhooks.

  verify_webhook.py FILE SECRET

FILE is a record of http_peer.py. Prints for each request: path, right or wrong, webhook-id.
"""
import base64
import hashlib
import hmac
import json
import sys
import time


def right(request, secret):
    headers = {name.lower(): value for name, value in request["headers"].items()}
    if abs(time.time() - int(headers["webhook-timestamp"])) > 300:
        return False
    signed = ".".join([headers["webhook-id"], headers["webhook-timestamp"], request["body"]]).encode()
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, one) for one in headers["webhook-signature"].split(" "))


def main():
    with open(sys.argv[1], encoding="utf-8") as record:
        for line in record:
            request = json.loads(line)
            headers = {name.lower(): value for name, value in request["headers"].items()}
            print(request["path"], "right" if right(request, sys.argv[2]) else "wrong", headers["webhook-id"])


if __name__ == "__main__":
    main()
