#!/usr/bin/python3
"""A stand-in for Square that remembers what is sold: real paging, filters, clocks, tokens and faults.

  square_peer.py [--shop VARIATIONS | --plain VARIATIONSxLOCATIONS | --seed FILE] [--clock ISO] [--cert C --key K]

Everything Square answers under /v2 and /oauth2 that a reader of stock needs, and

  POST /control                 {"verb": NAME, ...} or an array of them; answers {"results": [...]}
  GET /control/state?part=a,b   the truth: now, locations, items, counts, sales, vendors, transfers, sizes
  GET /control/log              calls by path, how many at once, and each request with headers and answer

Verbs of the shop are the methods do_... of square_verbs.py (sell, offline-sale, receive, waste, return, recount,
transfer, transfer-order, set-item, set-threshold, set-override, archive, delete, add-item, clock, advance,
settings ...), and here

  faults {faults: [...]}, clear-faults        what goes wrong: square_faults.py
  token {kind, scopes, expires_in, single_use}, token-change {token, revoked, scopes, expires_in}
  webhook {url, key, post_to, order, copies, forge ...}   square_hooks.py
  forget                                      empties the log
  warm                                        renders the pages of a full read of counts beforehand
"""
import argparse
import gzip
import itertools
import json
import re
import ssl
import threading
import time
from collections import Counter, defaultdict
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import http_peer
import peer
import square_seed
from square_api import NEWEST, Api, Request
from square_faults import Faults
from square_hooks import Hooks
from square_tokens import ApiError, Tokens
from square_verbs import Verbs, local_day
from square_world import World, parse_time, quantity_text, time_text

# method, path, scope, answer, members of the body (None: no body)
ROUTES = [(method, re.compile(path + "$"), scope, answer, members and set(members.split())) for method, path, scope, answer, members in [
    ("GET", "/v2/locations", "MERCHANT_PROFILE_READ", "answer_locations", None),
    ("GET", "/v2/locations/[^/]+", "MERCHANT_PROFILE_READ", "answer_location", None),
    ("GET", "/v2/merchants/[^/]+", "MERCHANT_PROFILE_READ", "answer_merchant", None),
    ("GET", "/v2/catalog/list", "ITEMS_READ", "answer_catalog_list", None),
    ("GET", "/v2/catalog/info", "ITEMS_READ", "answer_catalog_info", None),
    ("GET", "/v2/catalog/object/[^/]+", "ITEMS_READ", "answer_catalog_object", None),
    ("POST", "/v2/catalog/search", "ITEMS_READ", "answer_catalog_search",
     "cursor object_types include_deleted_objects include_related_objects begin_time query limit include_category_path_to_root"),
    ("POST", "/v2/catalog/batch-retrieve", "ITEMS_READ", "answer_catalog_batch",
     "object_ids include_related_objects catalog_version include_deleted_objects include_category_path_to_root"),
    ("POST", "/v2/inventory/counts/batch-retrieve", "INVENTORY_READ", "answer_counts",
     "catalog_object_ids location_ids updated_after cursor states limit"),
    ("POST", "/v2/inventory/changes/batch-retrieve", "INVENTORY_READ", "answer_changes",
     "catalog_object_ids location_ids types states updated_after updated_before cursor limit"),
    ("GET", "/v2/inventory/[^/]+", "INVENTORY_READ", "answer_inventory", None),
    ("POST", "/v2/orders/search", "ORDERS_READ", "answer_orders", "location_ids cursor query limit return_entries"),
    ("POST", "/v2/vendors/search", "VENDOR_READ", "answer_vendors", "filter sort cursor"),
    ("POST", "/v2/transfer-orders/search", "INVENTORY_READ", "answer_transfers", "query cursor limit"),
    ("GET", "/v2/transfer-orders/[^/]+", "INVENTORY_READ", "answer_transfer", None)]]


class Shop:
    """The parts together, and what a test asks of them."""

    def __init__(self, world, tokens):
        self.world, self.tokens = world, tokens
        self.verbs, self.api, self.faults, self.hooks = Verbs(world), Api(world, tokens), Faults(), Hooks(world)
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.forget()

    def forget(self):
        self.log, self.running, self.most, self.calls = [], 0, 0, Counter()
        return {}

    def control(self, verb, arguments):
        own = {"faults": lambda faults: self.faults.add(faults), "clear-faults": lambda: self.faults.plan.clear(),
               "token": self.tokens.make, "token-change": self.tokens.change, "webhook": self.hooks.make,
               "forget": self.forget, "warm": self.warm}
        return own[verb](**arguments) if verb in own else self.verbs.do(verb, arguments)

    def warm(self, limit=1000, **filters):
        """Reads all pages of counts once and keeps them; anything that changes makes them useless."""
        self.api.keep_pages = True
        body, pages = {"limit": limit, **filters}, 0
        while True:
            request = Request("POST", "/v2/inventory/counts/batch-retrieve", {}, body, "warm", "2025-10-16")
            answer = self.api.answer_counts(request)
            pages += 1
            found = re.search(rb'"cursor":"([^"]*)"\}$', answer or b"")
            if not found:
                return {"pages": pages}
            body["cursor"] = found.group(1).decode()

    def sales(self):
        """Sold and returned by (location, variation, day of the place): moved, ordered, and ordered of what is not tracked there."""
        world = self.world
        moved, ordered, untracked = tables = [defaultdict(lambda: [Decimal(0), Decimal(0)]) for _ in range(3)]
        for occurred, _, _, change in world.changes:
            body = change.get("adjustment")
            if body and "SOLD" in (body["from_state"], body["to_state"]) or body and body["from_state"] == "UNLINKED_RETURN":
                day = local_day(occurred, world.locations[body["location_id"]]["timezone"])
                moved[body["location_id"], body["catalog_object_id"], day][body["to_state"] != "SOLD"] += Decimal(body["quantity"])
        for order in world.orders.values():
            if order["state"] != "COMPLETED":
                continue
            day = local_day(parse_time(order["closed_at"]), world.locations[order["location_id"]]["timezone"])
            lines = [(line, 0) for line in order.get("line_items", [])]
            lines += [(line, 1) for back in order.get("returns", []) for line in back["return_line_items"]]
            for line, returned in lines:
                if line.get("catalog_object_id") and line["item_type"] == "ITEM":
                    ordered[order["location_id"], line["catalog_object_id"], day][returned] += Decimal(line["quantity"])
                    stock, amount = world.stockable(world.objects[line["catalog_object_id"]], Decimal(line["quantity"]))
                    if not world.at_location(stock, order["location_id"], "track_inventory", False):
                        untracked[order["location_id"], stock["id"], day][returned] += amount
        return [[[*key, quantity_text(sold), quantity_text(back)] for key, (sold, back) in sorted(table.items())] for table in tables]

    def state(self, parts):
        world, wanted, answer = self.world, (lambda part: not parts or part in parts), {"now": time_text(self.world.clock.now())}
        if wanted("locations"):
            answer["locations"] = list(world.locations.values())
        if wanted("items"):
            answer["items"] = [{"id": thing["id"], "item_id": world.item_of.get(thing["id"]), "deleted": thing["is_deleted"],
                                "name": world.objects[world.item_of[thing["id"]]]["item_data"]["name"],
                                "archived": world.objects[world.item_of[thing["id"]]]["item_data"].get("is_archived", False),
                                "categories": [group["id"] for group in world.objects[world.item_of[thing["id"]]]["item_data"].get("categories", [])],
                                "updated_at": thing["updated_at"], **thing["item_variation_data"], "variation_name": thing["item_variation_data"].get("name")}
                               for thing in world.objects.values() if thing["type"] == "ITEM_VARIATION"]
            answer["categories"] = [thing for thing in world.objects.values() if thing["type"] == "CATEGORY"]
        if wanted("counts"):
            answer["counts"] = [[variation, location, state, quantity, time_text(moment)] for variation, location, state, quantity, moment in world.counts.rows()]
        if wanted("sales"):
            answer["sales"], answer["order_sales"], answer["untracked_sales"] = self.sales()
        if wanted("vendors"):
            answer["vendors"] = list(world.vendors.values())
        if wanted("transfers"):
            answer["transfers"] = list(world.transfers.values())
        if wanted("sizes"):
            answer["sizes"] = {"locations": len(world.locations), "objects": len(world.objects), "counts": len(world.counts.keys),
                               "variations": len(world.item_of), "changes": len(world.changes), "orders": len(world.orders)}
        return answer


class Square(http_peer.Receiver):
    shop = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or "0"))
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        if url.path.startswith("/control"):
            return self.control(url.path, query, body)
        shop = self.shop
        entry = {"time": time.time(), "method": self.command, "path": url.path, "query": query, "connection": self.connection_number,
                 "headers": dict(self.headers.items()), "body": body.decode("utf-8", "backslashreplace"), "status": 0, "fault": None}
        with shop.lock:
            entry["number"] = next(shop.numbers)
            shop.running += 1
            shop.most = max(shop.most, shop.running)
            shop.calls[url.path] += 1
            shop.log.append(entry)
            fault = shop.faults.next(url.path, query.get("cursor") or b'"cursor"' in body)
        entry["fault"] = fault and fault["fault"]
        try:
            self.serve(url.path, query, body, fault, entry)
        finally:
            entry["seconds"] = round(time.time() - entry["time"], 6)
            with shop.lock:
                shop.running -= 1

    do_GET = do_POST

    def do_PUT(self):
        self.send(405, json.dumps(ApiError(405, "METHOD_NOT_ALLOWED", "Read only.").body).encode(), {})

    do_DELETE = do_PUT

    def serve(self, path, query, body, fault, entry):
        if fault is not None:
            early = self.shop.faults.raise_before(fault)
            if early is not None:
                status, body, kind, headers = early
                return self.send(status, body, entry, kind, headers)
            if fault["fault"] in ("hang", "reset"):
                return getattr(self, "fault_" + fault["fault"])({})
            if fault["fault"] == "endless":
                return self.endless(b" " * 65536, 0)
            if fault["fault"] == "slow":
                time.sleep(fault.get("ms", 2000) / 1000)
        cursor = query.get("cursor")
        try:
            with self.shop.world.lock:
                answer, cursor = self.answer(path, query, body)
            if isinstance(answer, dict):
                answer = json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()
            if "inventory/counts" not in path or fault is not None or self.shop.faults.plan:
                answer = self.shop.faults.alter(fault, path, cursor, answer)
        except ApiError as error:
            return self.send(error.status, json.dumps(error.body).encode(), entry)
        if fault is not None and fault["fault"] == "then":
            for verb in fault["verbs"]:
                verb = dict(verb)
                self.shop.control(verb.pop("verb"), verb)
        self.send(200, answer, entry, fault=fault and fault["fault"])

    def answer(self, path, query, text):
        """The answer and the cursor of the call; ApiError if it is refused."""
        try:
            body = json.loads(text) if text else {}
        except ValueError as error:
            raise ApiError(400, "EXPECTED_JSON_BODY", "The body is not JSON.") from error
        if not isinstance(body, dict):
            raise ApiError(400, "EXPECTED_OBJECT", "The body is not an object.")
        header, tokens = self.headers.get("Authorization"), self.shop.tokens
        if path.startswith("/oauth2/"):
            if self.command != "POST":
                raise ApiError(405, "METHOD_NOT_ALLOWED", "POST only.")
            if path == "/oauth2/token":
                return tokens.obtain(body), None
            if path == "/oauth2/token/status":
                return tokens.status(tokens.check(header, None)), None
            if path == "/oauth2/revoke":
                return tokens.revoke(header, body), None
        for method, pattern, scope, answer, members in ROUTES:
            if method == self.command and pattern.match(path):
                break
        else:
            raise ApiError(404, "NOT_FOUND", "No such path.")
        if text and self.command == "POST" and not self.headers.get("Content-Type", "").startswith("application/json"):
            raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "application/json only.")
        token = tokens.check(header, scope)
        version = self.version()
        unknown = set(body) - members if members is not None else set()
        if unknown:
            raise ApiError(400, "UNKNOWN_BODY_PARAMETER", "Unknown: " + ", ".join(sorted(unknown)), min(unknown))
        request = Request(self.command, path, query, body, token, version)
        return getattr(self.shop.api, answer)(request), request.cursor

    def version(self):
        version = self.headers.get("Square-Version")
        if version is None:
            raise ApiError(400, "MISSING_REQUIRED_PARAMETER", "This stand-in has no default version.", "Square-Version")
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", version):
            raise ApiError(400, "INVALID_SQUARE_VERSION_FORMAT", "Not YYYY-MM-DD.", "Square-Version")
        if version > NEWEST:
            raise ApiError(400, "API_VERSION_INCOMPATIBLE", "No such version yet.", "Square-Version")
        return version

    def send(self, status, body, entry, kind="application/json", headers=(), fault=None):
        entry["status"] = status
        entry["bytes"] = len(body)
        if fault == "half":
            body = body[:len(body) // 2]
        packed = self.shop.world.settings["gzip"] and "gzip" in self.headers.get("Accept-Encoding", "")
        if packed:
            body = gzip.compress(body, 1)
        self.send_response(status)
        self.send_header("Content-Type", kind if kind != "application/json" else "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        version = self.headers.get("Square-Version")
        if version:
            self.send_header("Square-Version", version)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if fault == "truncated":
            self.wfile.write(body[:len(body) // 2])
            self.close_connection = True
        elif fault == "drip":
            for byte in body:
                self.wfile.write(bytes([byte]))
                time.sleep(1)
        else:
            self.wfile.write(body)

    # What a test asks.

    def control(self, path, query, body):
        shop, entry = self.shop, {}
        try:
            if path == "/control/state":
                with shop.world.lock:
                    answer = shop.state(set(filter(None, query.get("part", "").split(","))))
            elif path == "/control/log":
                with shop.lock:
                    answer = {"calls": dict(shop.calls), "concurrency": shop.most, "requests": shop.log[int(query.get("since", "0")):]}
            else:
                verbs = json.loads(body)
                results = []
                for verb in [verbs] if isinstance(verbs, dict) else verbs:
                    results.append(shop.control(verb.pop("verb"), verb))
                answer = {"results": results}
        except (KeyError, ValueError, TypeError, ArithmeticError) as error:
            return self.send(400, json.dumps({"error": "%s: %s" % (type(error).__name__, error)}).encode(), entry)
        self.send(200, json.dumps(answer).encode(), entry)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    peer.add_arguments(parser)
    parser.add_argument("--shop", type=int, default=2100, help="variations of the shop of every oddity (2100)")
    parser.add_argument("--locations", type=int, default=6)
    parser.add_argument("--days", type=int, default=5, help="days of sales before now (5)")
    parser.add_argument("--a-day", type=int, default=60, help="movements on each of them (60)")
    parser.add_argument("--plain", help="VARIATIONSxLOCATIONS of a shop without oddities, 20000x50 for measuring")
    parser.add_argument("--seed", help="a JSON file instead")
    parser.add_argument("--clock", help="the time at which it stands still; without one it runs")
    parser.add_argument("--token", default="EAAAstandinpersonal", help="a personal token of all scopes")
    parser.add_argument("--control", help="file for the port of a plain HTTP door to the same, for a test that has no TLS")
    parser.add_argument("--client", default="sq0idp-standin:sq0csp-standin", help="ID:SECRET of the application")
    options = parser.parse_args()
    peer.bind_to_parent(options.alarm)
    world = World(parse_time(options.clock) if options.clock else None)
    if options.seed:
        square_seed.load_file(world, options.seed)
    elif options.plain:
        square_seed.make_plain(world, *map(int, options.plain.split("x")))
    else:
        square_seed.make_shop(world, options.shop, options.locations, options.days, options.a_day)
    Square.shop = Shop(world, Tokens(world, options.token, *options.client.split(":")))
    server = http_peer.Server(("127.0.0.1", options.port), Square)
    if options.cert:
        server.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.context.load_cert_chain(options.cert, options.key)
    if options.control:
        plain = http_peer.Server(("127.0.0.1", 0), Square)
        threading.Thread(target=plain.serve_forever, daemon=True).start()
        with open(options.control, "w", encoding="utf-8") as file:
            file.write(str(plain.server_address[1]))
    peer.announce(server.server_address[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
