"""Signed webhooks of the stand-in Square: what happened since the last call, sent or handed back.

The signature is base64(HMAC-SHA256(key as text, notification URL + body)); an event keeps its event_id when it
is sent again.
"""
import base64
import hashlib
import hmac
import json
import ssl
import urllib.error
import urllib.request
import uuid

from square_world import time_text


def signature(key, url, body):
    return base64.b64encode(hmac.new(key.encode(), url.encode() + body, hashlib.sha256).digest()).decode()


class Hooks:
    def __init__(self, world):
        self.world = world
        self.sent = 0

    def body_of(self, kind, events):
        """One event as Square writes it; counts come up to 100 at once."""
        world, last = self.world, events[-1]
        at = time_text(last["at"])
        data = {"type": kind.split(".")[0], "id": str(uuid.uuid4())}
        if kind == "inventory.count.updated":
            rows = {}
            for event in events:
                slot = world.counts.slots[event["key"]]
                rows[event["key"]] = {"catalog_object_id": event["key"][0], "catalog_object_type": "ITEM_VARIATION", "state": event["key"][2],
                                      "location_id": event["key"][1], "quantity": world.counts.quantities[slot],
                                      "calculated_at": time_text(world.counts.times[slot])}
            data["type"] = "inventory_counts"
            data["object"] = {"inventory_counts": list(rows.values())}
        elif kind == "catalog.version.updated":
            data["object"] = {"catalog_version": {"updated_at": last["updated_at"]}}
        else:
            inner = {name: value for name, value in last.items() if name not in ("type", "at")}
            name = kind.replace(".", "_")
            data["object"] = {name: {"version": 1, "created_at": at, "updated_at": at, **inner}}
            data["id"] = next(iter(inner.values()), data["id"])
        return {"merchant_id": world.merchant["id"], "type": kind, "event_id": str(uuid.uuid4()), "created_at": at, "data": data}

    def pending(self, types):
        """The events since the last call, movements of counts that follow each other together."""
        groups, events = [], self.world.events[self.sent:]
        self.sent = len(self.world.events)
        for event in events:
            if types and event["type"] not in types:
                continue
            if groups and event["type"] == groups[-1][0]["type"] == "inventory.count.updated" and len(groups[-1]) < 100:
                groups[-1].append(event)
            else:
                groups.append([event])
        return [json.dumps(self.body_of(group[0]["type"], group)).encode() for group in groups]

    def make(self, url, key, post_to=None, types=None, order="fifo", copies=1, forge=None, bodies=None, send=None, timeout=10, ca=None):
        """Webhooks of what happened since the last call.

        url is what is signed, post_to where it is sent (url), send false hands back only; order fifo or reverse;
        copies of each; forge signature, key, body or none: what is wrong; bodies: these instead of the events.
        """
        with self.world.lock:
            texts = [text.encode() for text in bodies] if bodies else self.pending(types)
        if order == "reverse":
            texts.reverse()
        made = []
        for body in texts:
            sign = signature("not the " + key if forge == "key" else key, url, body)
            if forge == "signature":
                sign = ("A" if sign[0] != "A" else "B") + sign[1:]
            shown = body.replace(b'"merchant_id"', b'"merchant_ID"', 1) if forge == "body" else body
            headers = {"x-square-hmacsha256-signature": sign, "Content-Type": "application/json", "User-Agent": "Square Connect v2",
                       "square-environment": "Sandbox", "square-version": "2025-10-16", "square-initial-delivery-timestamp": time_text(self.world.clock.now())}
            if forge == "none":
                del headers["x-square-hmacsha256-signature"]
            made += [{"body": shown.decode(), "signature": sign, "url": url, "headers": headers} for _ in range(copies)]
        for webhook in made if send is not False else []:
            webhook["status"] = self.post(post_to or url, webhook, timeout, ca)
        return made

    @staticmethod
    def post(url, webhook, timeout, ca):
        """The status of the answer, 0 without one."""
        context = ssl.create_default_context(cafile=ca) if url.startswith("https:") else None
        try:
            question = urllib.request.Request(url, webhook["body"].encode(), webhook["headers"], method="POST")
            with urllib.request.urlopen(question, timeout=timeout, context=context) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0
