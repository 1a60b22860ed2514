"""What the stand-in Square holds: clock, catalog, counts, movements, orders, vendors, transfer orders.

Only the state and the few ways of changing it that keep it consistent; what a seller does is in
square_verbs.py, what a client may ask in square_api.py.  Times are nanoseconds since 1970, quantities
decimal strings with at most five digits after the point, as Square writes them.
"""
import bisect
import threading
import time
from array import array
from datetime import datetime, timezone
from decimal import Decimal

SECOND = 1_000_000_000
STATES = ["IN_STOCK", "WASTE", "RESERVED_FOR_SALE", "RETURNED_BY_CUSTOMER", "ORDERED_FROM_VENDOR",
          "RECEIVED_FROM_VENDOR", "IN_TRANSIT", "IN_TRANSIT_TO", "SOLD_ONLINE", "COMPOSED", "DECOMPOSED",
          "CUSTOM", "UNTRACKED", "SUPPORTED_BY_NEWER_VERSION"]
NEVER_COUNTED = {"NONE", "SOLD", "UNLINKED_RETURN"}
STEP = Decimal("0.00001")


def parse_time(text):
    """RFC 3339 to nanoseconds; ValueError when it is not."""
    text = text.replace("z", "Z").replace("Z", "+00:00")
    if len(text) < 20 or text[10] not in "Tt ":
        raise ValueError("not RFC 3339: " + text)
    fraction = ""
    if text[19] == ".":
        end = 20
        while end < len(text) and text[end].isdigit():
            end += 1
        fraction, text = text[20:end], text[:19] + text[end:]
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("without a time zone: " + text)
    seconds = int((moment - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds())
    return seconds * SECOND + int((fraction + "000000000")[:9])


class TimeText:
    """Nanoseconds to RFC 3339 with 3, 6 or 9 digits, as few as needed; the second is remembered, as rows share it."""

    def __init__(self):
        self.second, self.text = None, ""

    def __call__(self, moment):
        second, rest = divmod(moment, SECOND)
        if second != self.second:
            self.text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self.second = second
        if rest % 1_000_000 == 0:
            return "%s.%03dZ" % (self.text, rest // 1_000_000)
        if rest % 1000 == 0:
            return "%s.%06dZ" % (self.text, rest // 1000)
        return "%s.%09dZ" % (self.text, rest)


time_text = TimeText()


def quantity_text(value):
    """A Decimal as Square writes it: no exponent, no more digits than needed."""
    text = format(Decimal(value), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def rounded(value):
    return value if value == value.to_integral_value() else value.quantize(STEP)


class Clock:
    """Runs with the machine's or stands still; every event gets a time of its own, later than all before."""

    def __init__(self, start=None):
        self.frozen = start
        self.offset = 0
        self.last = 0
        self.events = 0

    def now(self):
        base = time.time_ns() // 1_000_000 * 1_000_000 if self.frozen is None else self.frozen
        return max(base + self.offset, self.last)

    def event(self):
        """The time of a new event: a millisecond after the last at least, every fifth with nine digits."""
        self.events += 1
        moment = max(self.now(), (self.last // 1_000_000 + 1) * 1_000_000)
        self.last = moment + (797 if self.events % 5 == 0 else 0)
        return self.last

    def advance(self, seconds):
        self.offset += int(Decimal(str(seconds)) * SECOND)

    def set(self, text):
        """Stands still at this time from now on; None lets it run again.  It never runs backwards."""
        moment = None if text is None else parse_time(text)
        if moment is not None and moment < self.last:
            raise ValueError("something happened later than " + text)
        self.frozen, self.offset = moment, 0


class Counts:
    """Counts by (variation, location, state), and in the order in which they were calculated.

    The journal only grows: a changed count gets a new entry at its end and the old entry is stale.  So pages
    are read backwards from the end, and a row that changes between two pages moves out of the reader's way.
    """

    def __init__(self):
        self.slots = {}
        self.keys = []
        self.quantities = []
        self.times = array("q")
        self.entries = array("q")
        self.journal_slots = array("q")
        self.journal_times = array("q")

    def put(self, key, quantity, moment):
        slot = self.slots.get(key)
        if slot is None:
            slot = self.slots[key] = len(self.keys)
            self.keys.append(key)
            self.quantities.append(quantity)
            self.times.append(moment)
            self.entries.append(0)
        self.quantities[slot] = quantity
        self.times[slot] = moment
        self.entries[slot] = len(self.journal_slots)
        self.journal_slots.append(slot)
        self.journal_times.append(moment)

    def get(self, key):
        slot = self.slots.get(key)
        return None if slot is None else self.quantities[slot]

    def first_after(self, moment):
        """Position of the first entry calculated later than this."""
        return bisect.bisect_right(self.journal_times, moment)

    def backwards(self, start, stop):
        """(position, slot) of the entries still in force, from before start down to stop."""
        slots, entries = self.journal_slots, self.entries
        for position in range(start - 1, stop - 1, -1):
            slot = slots[position]
            if entries[slot] == position:
                yield position, slot

    def rows(self):
        for slot, (variation, location, state) in enumerate(self.keys):
            yield variation, location, state, self.quantities[slot], self.times[slot]


class World:
    def __init__(self, start=None):
        self.lock = threading.RLock()
        self.clock = Clock(start)
        self.merchant = {"id": "ML1STANDIN00", "business_name": "Stand-in Stores", "country": "US",
                         "language_code": "en-US", "currency": "USD", "status": "ACTIVE",
                         "created_at": "2019-03-01T10:00:00.000Z"}
        self.locations = {}
        self.objects = {}
        self.item_of = {}
        self.changed = {}
        self.counts = Counts()
        self.changes = []
        self.changes_by_occurrence = []
        self.orders = {}
        self.vendors = {}
        self.transfers = {}
        self.events = []
        self.numbers = {}
        self.settings = {"page_size": None, "cursor_ttl": None, "touch_items": True, "gzip": False,
                         "access_seconds": 30 * 86400}

    def new_id(self, kind):
        """Twenty capitals and digits that say what they are and are the same in every run."""
        number = self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return "%s%0*d" % (kind, 20 - len(kind), number)

    def note(self, kind, **detail):
        """Remembers what a webhook would tell."""
        self.events.append({"type": kind, "at": self.clock.last or self.clock.now(), **detail})

    # The catalog: items hold their variations, as Square answers them.

    def put_object(self, thing, moment=None):
        moment = moment or self.clock.event()
        thing.setdefault("is_deleted", False)
        thing["updated_at"] = time_text(moment // 1_000_000 * 1_000_000)
        thing["version"] = moment // 1_000_000
        self.objects[thing["id"]] = thing
        self.changed[thing["id"]] = moment // 1_000_000 * 1_000_000
        for variation in thing.get("item_data", {}).get("variations", []):
            self.item_of[variation["id"]] = thing["id"]
            variation["item_variation_data"]["item_id"] = thing["id"]
            if variation["id"] not in self.objects:
                self.put_object(variation, moment)
        return thing

    def touch(self, identity, moment=None):
        """The object has changed, and with it, unless told otherwise, the item around it."""
        moment = moment or self.clock.event()
        self.put_object(self.objects[identity], moment)
        item = self.item_of.get(identity)
        if item is not None and self.settings["touch_items"]:
            self.put_object(self.objects[item], moment)
        self.note("catalog.version.updated", updated_at=self.objects[identity]["updated_at"])

    def delete_object(self, identity):
        """Deleting an item deletes its variations; counts stay as they are."""
        moment = self.clock.event()
        thing = self.objects[identity]
        for variation in thing.get("item_data", {}).get("variations", []):
            variation["is_deleted"] = True
            self.put_object(variation, moment)
        thing["is_deleted"] = True
        self.put_object(thing, moment)
        item = self.objects.get(self.item_of.get(identity, ""))
        if item is not None and not item["is_deleted"]:
            item["item_data"]["variations"] = [v for v in item["item_data"]["variations"] if v["id"] != identity]
            self.put_object(item, moment)
        self.note("catalog.version.updated", updated_at=thing["updated_at"])

    def variation(self, name):
        """A variation by id or SKU; KeyError when there is none."""
        if name in self.objects and self.objects[name]["type"] == "ITEM_VARIATION":
            return self.objects[name]
        for thing in self.objects.values():
            if thing["type"] == "ITEM_VARIATION" and thing["item_variation_data"].get("sku") == name:
                return thing
        raise KeyError("no variation " + str(name))

    def location(self, name):
        """A location by id or name."""
        if name in self.locations:
            return self.locations[name]
        for place in self.locations.values():
            if place["name"] == name:
                return place
        raise KeyError("no location " + str(name))

    def at_location(self, variation, location, member, default=None):
        """What holds there: the override of the location, else the variation's own."""
        data = variation["item_variation_data"]
        for override in data.get("location_overrides", []):
            if override["location_id"] == location and member in override:
                return override[member]
        return data.get(member, default)

    def stockable(self, variation, quantity):
        """What is moved when this much of it is: itself, or the variation that it is poured from."""
        conversion = variation["item_variation_data"].get("stockable_conversion")
        if conversion is None:
            return variation, quantity
        amount = quantity * Decimal(conversion["stockable_quantity"]) / Decimal(conversion["nonstockable_quantity"])
        return self.objects[conversion["stockable_item_variation_id"]], rounded(amount)

    # Stock.

    def move_count(self, variation, location, state, difference, moment):
        if state in NEVER_COUNTED:
            return
        before = Decimal(self.counts.get((variation, location, state)) or 0)
        self.counts.put((variation, location, state), quantity_text(before + difference), moment)
        self.note("inventory.count.updated", key=(variation, location, state))

    def add_change(self, kind, body, occurred, arrived):
        """A movement, findable by when it happened and by when it was told."""
        key = {"PHYSICAL_COUNT": "physical_count", "ADJUSTMENT": "adjustment", "TRANSFER": "transfer"}.get(kind, "adjustment")
        body = {"id": self.new_id("CH"), **body, "occurred_at": time_text(occurred), "created_at": time_text(arrived)}
        body.setdefault("source", {"product": "SQUARE_POS", "name": "Point of Sale"})
        change = {"type": kind, key: body}
        entry = (occurred, len(self.changes), arrived, change)
        self.changes.append(entry)
        bisect.insort(self.changes_by_occurrence, entry[:2])
        return body

    def adjust(self, variation, location, quantity, from_state, to_state, occurred=None, **more):
        """An adjustment and the two counts it moves; it is told now, whenever it happened."""
        arrived = self.clock.event()
        body = {"from_state": from_state, "to_state": to_state, "location_id": location, "catalog_object_id": variation,
                "catalog_object_type": "ITEM_VARIATION", "quantity": quantity_text(quantity), **more}
        self.add_change("ADJUSTMENT", body, occurred or arrived, arrived)
        self.move_count(variation, location, from_state, -quantity, arrived)
        self.move_count(variation, location, to_state, quantity, arrived)

    def recount(self, variation, location, quantity, state="IN_STOCK", occurred=None):
        arrived = self.clock.event()
        self.add_change("PHYSICAL_COUNT", {
            "catalog_object_id": variation, "catalog_object_type": "ITEM_VARIATION", "state": state,
            "location_id": location, "quantity": quantity}, occurred or arrived, arrived)
        self.counts.put((variation, location, state), quantity, arrived)
        self.note("inventory.count.updated", key=(variation, location, state))

    def move(self, variation, source, destination, quantity, occurred=None):
        arrived = self.clock.event()
        self.add_change("TRANSFER", {
            "state": "IN_STOCK", "from_location_id": source, "to_location_id": destination,
            "catalog_object_id": variation, "catalog_object_type": "ITEM_VARIATION",
            "quantity": quantity_text(quantity)}, occurred or arrived, arrived)
        self.move_count(variation, source, "IN_STOCK", -quantity, arrived)
        self.move_count(variation, destination, "IN_STOCK", quantity, arrived)
