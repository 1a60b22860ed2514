"""What a client may ask the stand-in Square, with Square's order, limits and refusals.

Each answer_... takes a Request and returns a dict, or bytes that are JSON already.
"""
import base64
import bisect
import hashlib
import hmac
import itertools
import json

from square_tokens import ApiError
from square_world import SECOND, parse_time, time_text

NEW_SHAPE = "2026-07-15"
TRANSFER_ORDERS = "2025-10-16"
NEWEST = "2026-09-16"
LIST_PAGE, SEARCH_PAGE, COUNT_PAGE, ORDER_PAGE, VENDOR_PAGE = 100, 1000, 100, 500, 50
ORDER_FIELDS = {"CREATED_AT": "created_at", "UPDATED_AT": "updated_at", "CLOSED_AT": "closed_at"}


class Request:
    def __init__(self, method, path, query, body, token, version):
        self.method, self.path, self.query, self.body = method, path, query, body
        self.token, self.version = token, version
        self.cursor = (body or {}).get("cursor") or query.get("cursor") or None

    def digest(self):
        """What a cursor is bound to: everything but itself."""
        body = {name: value for name, value in (self.body or {}).items() if name != "cursor"}
        query = {name: value for name, value in self.query.items() if name != "cursor"}
        text = json.dumps([self.method, self.path, query, body, self.token], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class Cursors:
    """Opaque, signed, never the same twice."""

    KEY = b"cursors of the stand-in"
    numbers = itertools.count(1)

    def __init__(self, world):
        self.world = world

    def make(self, request, position):
        body = json.dumps([request.digest(), position, self.world.clock.now(), next(self.numbers)]).encode()
        return base64.urlsafe_b64encode(hmac.new(self.KEY, body, "sha256").digest()[:9] + body).decode()

    def read(self, request):
        """The position in a request's cursor, None without one."""
        if request.cursor is None:
            return None
        try:
            raw = base64.urlsafe_b64decode(request.cursor.encode())
            good = hmac.compare_digest(hmac.new(self.KEY, raw[9:], "sha256").digest()[:9], raw[:9])
            digest, position, made, _ = json.loads(raw[9:]) if good else (None, None, 0, 0)
        except ValueError:
            digest, position, made = None, None, 0
        if digest != request.digest():
            raise ApiError(400, "INVALID_CURSOR", "The cursor is not of this query.", "cursor")
        life = self.world.settings["cursor_ttl"]
        if life is not None and self.world.clock.now() > made + life * SECOND:
            raise ApiError(400, "INVALID_CURSOR", "The cursor has expired.", "cursor")
        return position


def time_of(values, member):
    text = values.get(member)
    if text is None:
        return None
    try:
        return parse_time(text)
    except (ValueError, TypeError) as error:
        raise ApiError(400, "INVALID_TIME", "Not a time: %s" % text, member) from error


def limit_of(body, usual, most):
    limit = body.get("limit")
    if limit is None:
        return usual
    if not isinstance(limit, int) or limit < 1:
        raise ApiError(400, "VALUE_TOO_LOW", "The limit is too low.", "limit")
    if limit > most:
        raise ApiError(400, "VALUE_TOO_HIGH", "The limit is at most %d." % most, "limit")
    return limit


def list_of(body, member, most):
    values = body.get(member)
    if values is None:
        return None
    if not isinstance(values, list):
        raise ApiError(400, "EXPECTED_ARRAY", "Expected an array.", member)
    if len(values) > most:
        raise ApiError(400, "ARRAY_LENGTH_TOO_LONG", "At most %d." % most, member)
    return set(values) or None


class Api:
    def __init__(self, world, tokens):
        self.world, self.tokens = world, tokens
        self.cursors = Cursors(world)
        self.pages = {}
        self.keep_pages = False

    def page(self, rows, limit, request, position_of):
        """The first limit rows and, if there are more, the cursor behind the last of them."""
        limit = min(limit, self.world.settings["page_size"] or limit)
        taken = list(itertools.islice(rows, limit + 1))
        if len(taken) <= limit:
            return taken, {}
        return taken[:limit], {"cursor": self.cursors.make(request, position_of(taken[limit - 1]))}

    # Locations and merchant.

    def answer_locations(self, request):
        return {"locations": list(self.world.locations.values())}

    def answer_location(self, request):
        place = self.world.locations.get(request.path.rsplit("/", 1)[1])
        if place is None:
            raise ApiError(404, "NOT_FOUND", "Could not find location.")
        return {"location": place}

    def answer_merchant(self, request):
        if request.path.rsplit("/", 1)[1] not in ("me", self.world.merchant["id"]):
            raise ApiError(403, "FORBIDDEN", "Not your merchant.")
        return {"merchant": {**self.world.merchant, "main_location_id": next(iter(self.world.locations), None)}}

    # Catalog.

    def shaped(self, thing, version):
        """An object as this version shows it: vendors of a variation only in the new one."""
        text = json.dumps(thing)
        if version < NEW_SHAPE and '"vendor_information"' in text:
            thing = json.loads(text)
            for holder in [thing, *thing.get("item_data", {}).get("variations", [])]:
                holder.get("item_variation_data", {}).pop("vendor_information", None)
        return thing

    def answer_catalog_list(self, request):
        types = [name.strip().upper() for name in request.query.get("types", "").split(",") if name.strip()]
        after = self.cursors.read(request)
        things = [thing for thing in self.world.objects.values() if not thing["is_deleted"] and (not types or thing["type"] in types)]
        things.sort(key=lambda thing: thing["id"])
        start = 0 if after is None else bisect.bisect_right([thing["id"] for thing in things], after)
        rows, more = self.page(itertools.islice(things, start, None), LIST_PAGE, request, lambda thing: thing["id"])
        return {"objects": [self.shaped(thing, request.version) for thing in rows], **more} if rows else {}

    def answer_catalog_search(self, request):
        body = request.body
        if body.get("include_deleted_objects") and body.get("include_category_path_to_root"):
            raise ApiError(400, "CONFLICTING_PARAMETERS", "include_deleted_objects and include_category_path_to_root exclude each other.")
        begin, types = time_of(body, "begin_time"), list_of(body, "object_types", 100)
        limit, after = limit_of(body, LIST_PAGE, SEARCH_PAGE), self.cursors.read(request)
        latest = self.world.clock.now() if after is None else after[2]
        after = None if after is None else tuple(after[:2])
        found = []
        for identity, changed in self.world.changed.items():
            thing = self.world.objects[identity]
            if types is not None and thing["type"] not in types:
                continue
            if (begin is None or changed > begin) and (body.get("include_deleted_objects") or not thing["is_deleted"]) \
                    and (after is None or (changed, identity) > after):
                found.append((changed, identity))
        found.sort()
        rows, more = self.page(iter(found), limit, request, lambda row: [row[0], row[1], latest])
        things = [self.shaped(self.world.objects[identity], request.version) for _, identity in rows]
        answer = {"objects": things} if things else {}
        if body.get("include_related_objects"):
            wanted = {group["id"] for thing in things for group in thing.get("item_data", {}).get("categories", [])}
            answer["related_objects"] = [self.world.objects[name] for name in sorted(wanted) if name in self.world.objects]
        return {**answer, **more, "latest_time": time_text(latest // 1_000_000 * 1_000_000)}

    def answer_catalog_batch(self, request):
        names = request.body.get("object_ids")
        if not names:
            raise ApiError(400, "MISSING_REQUIRED_PARAMETER", "object_ids is required.", "object_ids")
        list_of(request.body, "object_ids", 1000)
        things = [self.world.objects[name] for name in names if name in self.world.objects]
        return {"objects": [self.shaped(thing, request.version) for thing in things
                            if request.body.get("include_deleted_objects") or not thing["is_deleted"]]}

    def answer_catalog_object(self, request):
        thing = self.world.objects.get(request.path.rsplit("/", 1)[1])
        if thing is None or thing["is_deleted"]:
            raise ApiError(404, "NOT_FOUND", "Catalog object not found.")
        return {"object": self.shaped(thing, request.version)}

    def answer_catalog_info(self, request):
        return {"limits": {"batch_upsert_max_objects_per_batch": 1000, "batch_upsert_max_total_objects": 10000,
                           "batch_retrieve_max_object_ids": 1000, "search_max_page_limit": 1000, "batch_delete_max_object_ids": 200}}

    # Inventory.

    def count_row(self, slot):
        counts = self.world.counts
        variation, location, state = counts.keys[slot]
        return ('{"catalog_object_id":"%s","catalog_object_type":"ITEM_VARIATION","state":"%s","location_id":"%s",'
                '"quantity":"%s","calculated_at":"%s"}'
                % (variation, state, location, counts.quantities[slot], time_text(counts.times[slot])))

    def answer_counts(self, request):
        """Latest calculated first; later than updated_after; a page already rendered is sent again if nothing changed."""
        body, counts = request.body, self.world.counts
        limit = limit_of(body, COUNT_PAGE, 1000)
        limit = min(limit, self.world.settings["page_size"] or limit)
        variations, places = list_of(body, "catalog_object_ids", 1000), list_of(body, "location_ids", 1000)
        states, after = list_of(body, "states", 100), time_of(body, "updated_after")
        start = self.cursors.read(request)
        start = len(counts.journal_slots) if start is None else start
        name = (len(counts.journal_slots), start, limit, repr(sorted((key, value) for key, value in body.items() if key != "cursor"))) \
            if self.keep_pages else None
        if name in self.pages:
            text, position = self.pages[name]
        else:
            stop = 0 if after is None else counts.first_after(after)
            rows, position, more = [], None, None
            for entry, slot in counts.backwards(start, stop):
                variation, location, state = counts.keys[slot]
                if (variations is None or variation in variations) and (places is None or location in places) \
                        and (states is None or state in states) and (state != "UNTRACKED" or request.version >= NEW_SHAPE):
                    if len(rows) == limit:
                        more = position
                        break
                    rows.append(self.count_row(slot))
                    position = entry
            text, position = ",".join(rows).encode(), more
            if name is not None:
                self.pages[name] = text, position
        if not text:
            return {}
        cursor = b"" if position is None else b',"cursor":"%s"' % self.cursors.make(request, position).encode()
        return b'{"counts":[%s]%s}' % (text, cursor)

    def answer_inventory(self, request):
        """The counts of one object, with those that are only estimated."""
        name = request.path.rsplit("/", 1)[1]
        if name not in self.world.objects:
            raise ApiError(404, "NOT_FOUND", "Could not find the object.")
        places = set(filter(None, request.query.get("location_ids", "").split(","))) or None
        slots = [slot for key, slot in self.world.counts.slots.items() if key[0] == name and (places is None or key[1] in places)]
        rows = [json.loads(self.count_row(slot)) for slot in slots]
        thing = self.world.objects[name]
        if thing.get("item_variation_data", {}).get("stockable_conversion"):
            conversion = thing["item_variation_data"]["stockable_conversion"]
            for (variation, location, state), slot in self.world.counts.slots.items():
                if variation == conversion["stockable_item_variation_id"] and state == "IN_STOCK" and (places is None or location in places):
                    amount = float(self.world.counts.quantities[slot]) * float(conversion["nonstockable_quantity"]) / float(conversion["stockable_quantity"])
                    rows.append({**json.loads(self.count_row(slot)), "catalog_object_id": name, "quantity": "%.0f" % amount, "is_estimated": True})
        return {"counts": rows} if rows else {}

    def change_shaped(self, change, version):
        """A movement as this version tells it: the new one knows no transfers, and says from where to where of everything."""
        if change["type"] == "PHYSICAL_COUNT":
            return change
        if version < NEW_SHAPE:
            body = change.get("adjustment", {})
            return {**change, "adjustment": {k: v for k, v in body.items() if k != "vendor_id"}} if "vendor_id" in body else change
        body = dict(change["adjustment"] if change["type"] == "ADJUSTMENT" else change["transfer"])
        if change["type"] == "ADJUSTMENT":
            body["from_location_id"] = body["to_location_id"] = body.pop("location_id")
        else:
            body["from_state"] = body["to_state"] = body.pop("state")
        return {"type": "ADJUSTMENT", "adjustment": body}

    def change_fits(self, change, body, version):
        """Transfers only where they are asked for by name; states are those of adjustments."""
        change = self.change_shaped(change, version)
        inner = next(value for key, value in change.items() if key != "type")
        if change["type"] not in (body.get("types") or ["PHYSICAL_COUNT", "ADJUSTMENT"]):
            return False
        if body.get("catalog_object_ids") and inner["catalog_object_id"] not in body["catalog_object_ids"]:
            return False
        if body.get("location_ids") and not {inner.get(k) for k in ("location_id", "from_location_id", "to_location_id")} & set(body["location_ids"]):
            return False
        return not body.get("states") or change["type"] != "ADJUSTMENT" or bool({inner.get("from_state"), inner.get("to_state")} & set(body["states"]))

    def answer_changes(self, request):
        """In the order in which they happened, chosen by when they were told."""
        body, world = request.body, self.world
        limit = limit_of(body, COUNT_PAGE, 1000)
        for member in ("catalog_object_ids", "location_ids"):
            list_of(body, member, 1000)
        after, before, start = time_of(body, "updated_after"), time_of(body, "updated_before"), self.cursors.read(request)
        arrived = [entry[2] for entry in world.changes] if after is not None or before is not None else None
        first = 0 if after is None else bisect.bisect_right(arrived, after)
        last = len(world.changes) if before is None else bisect.bisect_left(arrived, before)
        if last - first < len(world.changes) // 8:
            order = sorted(entry[:2] for entry in world.changes[first:last])
        else:
            order = world.changes_by_occurrence
        begin = 0 if start is None else bisect.bisect_right(order, tuple(start))
        rows = ((key, world.changes[key[1]][3]) for key in itertools.islice(order, begin, None) if first <= key[1] < last)
        rows = (row for row in rows if self.change_fits(row[1], body, request.version))
        rows, more = self.page(rows, limit, request, lambda row: list(row[0]))
        return {"changes": [self.change_shaped(change, request.version) for _, change in rows], **more} if rows else {}

    # Orders.

    def answer_orders(self, request):
        body = request.body
        places = list_of(body, "location_ids", 10)
        if places is None:
            raise ApiError(400, "MISSING_REQUIRED_PARAMETER", "location_ids is required.", "location_ids")
        limit, start = limit_of(body, ORDER_PAGE, 1000), self.cursors.read(request)
        query = body.get("query") or {}
        chosen, sort = query.get("filter") or {}, query.get("sort") or {}
        field = ORDER_FIELDS.get(sort.get("sort_field", "CREATED_AT"))
        if field is None:
            raise ApiError(400, "INVALID_ENUM_VALUE", "Unknown sort_field.", "query.sort.sort_field")
        states = (chosen.get("state_filter") or {}).get("states")
        ranges = chosen.get("date_time_filter") or {}
        if len(ranges) > 1:
            raise ApiError(400, "BAD_REQUEST", "Only one date_time_filter.", "query.filter.date_time_filter")
        if ranges and field not in ranges:
            raise ApiError(400, "BAD_REQUEST", "The sort_field must be the field of the date_time_filter.", "query.sort.sort_field")
        if states and "closed_at" in ranges and set(states) & {"OPEN", "DRAFT"}:
            raise ApiError(400, "BAD_REQUEST", "An open order has no closed_at.", "query.filter.state_filter")
        low = time_of(ranges.get(field, {}), "start_at")
        high = time_of(ranges.get(field, {}), "end_at")
        high = high if high is not None else self.world.clock.now() if start is None else start[2]
        found = []
        for order in self.world.orders.values():
            if order["location_id"] in places and (not states or order["state"] in states) and field in order:
                moment = parse_time(order[field])
                if (low is None or moment >= low) and moment <= high:
                    found.append((moment, order["id"]))
        descending = sort.get("sort_order", "DESC") == "DESC"
        found.sort(reverse=descending)
        if start is not None:
            last = (start[0], start[1])
            found = [key for key in found if (key < last if descending else key > last)]
        rows, more = self.page(iter(found), limit, request, lambda key: [key[0], key[1], high])
        orders = [self.world.orders[identity] for _, identity in rows]
        if body.get("return_entries"):
            return {"order_entries": [{"order_id": o["id"], "version": o["version"], "location_id": o["location_id"]} for o in orders], **more}
        return {"orders": orders, **more} if orders else {}

    # Vendors and transfer orders.

    def sorted_page(self, request, things, field, descending, limit):
        start = self.cursors.read(request)
        keys = sorted(((thing[field], thing["id"]) for thing in things), reverse=descending)
        if start is not None:
            keys = [key for key in keys if (key < tuple(start) if descending else key > tuple(start))]
        return self.page(iter(keys), limit, request, list)

    def answer_vendors(self, request):
        chosen, sort = request.body.get("filter") or {}, request.body.get("sort") or {}
        things = [thing for thing in self.world.vendors.values() if (not chosen.get("status") or thing["status"] in chosen["status"])
                  and (not chosen.get("name") or thing["name"] in chosen["name"])]
        field = {"NAME": "name", "CREATED_AT": "created_at"}.get(sort.get("field", "CREATED_AT"), "created_at")
        rows, more = self.sorted_page(request, things, field, sort.get("order") == "DESC", VENDOR_PAGE)
        return {"vendors": [self.world.vendors[identity] for _, identity in rows], **more} if rows else {}

    def answer_transfers(self, request):
        if request.version < TRANSFER_ORDERS:
            raise ApiError(404, "NOT_FOUND", "Not in this version.")
        query = request.body.get("query") or {}
        chosen, sort = query.get("filter") or {}, query.get("sort") or {}
        things = [thing for thing in self.world.transfers.values()
                  if all(thing[member] in chosen[name] for name, member in
                         (("source_location_ids", "source_location_id"), ("destination_location_ids", "destination_location_id"),
                          ("statuses", "status")) if chosen.get(name))]
        field = {"CREATED_AT": "created_at", "UPDATED_AT": "updated_at"}.get(sort.get("field", "CREATED_AT"), "created_at")
        rows, more = self.sorted_page(request, things, field, sort.get("order") == "DESC", limit_of(request.body, 100, 100))
        return {"transfer_orders": [self.world.transfers[identity] for _, identity in rows], **more} if rows else {}

    def answer_transfer(self, request):
        order = self.world.transfers.get(request.path.rsplit("/", 1)[1])
        if order is None or request.version < TRANSFER_ORDERS:
            raise ApiError(404, "NOT_FOUND", "Transfer order not found.")
        return {"transfer_order": order}
