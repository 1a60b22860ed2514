"""What the stand-in Square begins with: a shop of every oddity, a large plain one, or a JSON file.

A JSON file is {"locations": [...], "objects": [...], "counts": [[variation, location, state, quantity, calculated_at]],
"vendors": [...], "verbs": [{"verb": ...}]}, all in Square's own words and all optional.
"""
import json
import random
from decimal import Decimal

from square_verbs import Verbs
from square_world import SECOND, parse_time, quantity_text, time_text

PLACES = [("New York", "America/New_York", "USD", "US"), ("Los Angeles", "America/Los_Angeles", "USD", "US"),
          ("Chicago", "America/Chicago", "USD", "US"), ("Tokyo", "Asia/Tokyo", "JPY", "JP"),
          ("Paris", "Europe/Paris", "EUR", "FR"), ("Old warehouse", "America/Denver", "USD", "US")]
WORDS = ["Coffee", "Tea", "Soap", "Candle", "Honey", "Olive oil", "Notebook", "Lamp", "Scarf", "Mug", "Crème", "Jalapeño"]


def load_file(world, path):
    with open(path, encoding="utf-8") as file:
        seed = json.load(file)
    for place in seed.get("locations", []):
        world.locations[place["id"]] = place
    for thing in seed.get("objects", []):
        world.put_object(thing)
    for variation, location, state, quantity, calculated_at in seed.get("counts", []):
        world.counts.put((variation, location, state), quantity, parse_time(calculated_at))
    for vendor in seed.get("vendors", []):
        world.vendors[vendor["id"]] = vendor
    verbs = Verbs(world)
    for arguments in seed.get("verbs", []):
        arguments = dict(arguments)
        verbs.do(arguments.pop("verb"), arguments)


def make_places(world, number):
    for index in range(number):
        name, zone, currency, country = PLACES[index % len(PLACES)]
        place = {"id": world.new_id("LO"), "name": name if index < len(PLACES) else "%s %d" % (name, index // len(PLACES) + 1),
                 "timezone": zone, "currency": currency, "country": country, "status": "INACTIVE" if name == "Old warehouse" and index < len(PLACES) else "ACTIVE",
                 "merchant_id": world.merchant["id"], "type": "PHYSICAL", "language_code": "en-US", "created_at": "2019-05-01T09:30:00.000Z"}
        world.locations[place["id"]] = place
    return list(world.locations)


def make_groups(world, number=12):
    """Categories, every second one below another, and two units."""
    groups = []
    for index in range(number):
        data = {"name": "Category %d" % (index + 1), "category_type": "REGULAR_CATEGORY", "is_top_level": index % 2 == 0}
        if index % 2:
            data["parent_category"] = {"id": groups[-1], "ordinal": index}
        groups.append(world.put_object({"type": "CATEGORY", "id": world.new_id("CA"), "present_at_all_locations": True, "category_data": data})["id"])
    kilo = world.put_object({"type": "MEASUREMENT_UNIT", "id": world.new_id("MU"), "present_at_all_locations": True, "measurement_unit_data": {
        "measurement_unit": {"weight_unit": "METRIC_KILOGRAM", "type": "TYPE_WEIGHT"}, "precision": 3}})["id"]
    metre = world.put_object({"type": "MEASUREMENT_UNIT", "id": world.new_id("MU"), "present_at_all_locations": True, "measurement_unit_data": {
        "measurement_unit": {"custom_unit": {"name": "Half bolt", "abbreviation": "hb"}, "type": "TYPE_CUSTOM"}, "precision": 5}})["id"]
    return groups, kilo, metre


def make_variation(world, number, places, units, rng):
    """The oddities come by the number, so that each is there in every size and none follows from another."""
    data = {"name": ["Regular", "Small", "Large", "Grün"][number % 4], "ordinal": number % 4, "sku": "SKU-%06d" % number,
            "pricing_type": "FIXED_PRICING", "price_money": {"amount": rng.randint(50, 20000), "currency": "USD"},
            "track_inventory": number % 29 != 7, "sellable": True, "stockable": True}
    overrides = {}
    if number % 10 == 3:
        data["measurement_unit_id"] = units[number // 10 % 2]
    if number % 17 == 5:
        data.update(inventory_alert_type="LOW_QUANTITY", inventory_alert_threshold=rng.randint(2, 30))
    if number % 34 == 5:
        overrides.setdefault(places[number % len(places)], {}).update(inventory_alert_type="LOW_QUANTITY", inventory_alert_threshold=rng.randint(31, 60))
    if number % 68 == 22:
        overrides.setdefault(places[number % len(places)], {}).update(inventory_alert_type="NONE")
    if number % 31 == 8:
        overrides.setdefault(places[number % len(places)], {}).update(sold_out=True)
    if number % 43 == 6:
        overrides.setdefault(places[number % len(places)], {}).update(track_inventory=False)
    for place in places if number % 5 == 0 else []:
        if world.locations[place]["currency"] == "JPY":
            overrides.setdefault(place, {})["price_money"] = {"amount": rng.randint(100, 30000), "currency": "JPY"}
    if number % 59 == 2:
        data.pop("price_money")
        data["pricing_type"] = "VARIABLE_PRICING"
    if number % 71 == 1:
        del data["sku"]
    if number % 211 == 3:
        data["sku"] = "SKU-%06d" % (number - 1)
    if number % 13 == 4:
        data["upc"] = "%012d" % (400000000000 + number)
    if number % 19 == 6 and world.vendors:
        data["vendor_information"] = [{"vendor_id": list(world.vendors)[number % len(world.vendors)], "vendor_code": "V-%d" % number,
                                       "unit_cost_money": {"amount": rng.randint(20, 9000), "currency": "USD"}}]
    if overrides:
        data["location_overrides"] = [{"location_id": place, **values} for place, values in overrides.items()]
    return {"type": "ITEM_VARIATION", "id": world.new_id("VA"), "present_at_all_locations": True, "is_deleted": False, "item_variation_data": data}


def make_items(world, number, places, rng):
    groups, *units = make_groups(world)
    variations = []
    while len(variations) < number:
        index = len(world.objects)
        made = [make_variation(world, len(variations) + k, places, units, rng) for k in range(min(rng.randint(1, 4), number - len(variations)))]
        item = {"type": "ITEM", "id": world.new_id("IT"), "present_at_all_locations": True, "item_data": {
            "name": "%s no. %d" % (WORDS[index % len(WORDS)], index), "product_type": "REGULAR", "is_archived": index % 41 == 11,
            "categories": [{"id": groups[index % len(groups)], "ordinal": index}], "reporting_category": {"id": groups[index % len(groups)]}, "variations": made}}
        if index % 37 == 5:
            item.update(present_at_all_locations=True, absent_at_location_ids=places[:1])
        if index % 37 == 9:
            item.update(present_at_all_locations=False, present_at_location_ids=places[1:3])
        world.put_object(item)
        variations += made
    return variations


def make_wine(world, places):
    """Sold by the glass and by the bottle, counted in bottles: five glasses of one."""
    verbs = Verbs(world)
    item = verbs.do("add-item", {"name": "Red wine", "variations": [
        {"name": "Bottle", "sku": "WINE-BOTTLE", "price": 2500}, {"name": "Glass", "sku": "WINE-GLASS", "price": 700}]})
    bottle, glass = item["item_data"]["variations"]
    glass["item_variation_data"].update(stockable=False, stockable_conversion={
        "stockable_item_variation_id": bottle["id"], "stockable_quantity": "1", "nonstockable_quantity": "5"})
    world.touch(glass["id"])
    for place in places:
        world.recount(bottle["id"], place, "24")
    return verbs


def quantity_for(variation, number, rng):
    data = variation["item_variation_data"]
    if number % 37 == 9:
        return quantity_text(-rng.randint(1, 12))
    if "measurement_unit_id" in data:
        return quantity_text(Decimal(rng.randint(0, 99999)) / (1000 if number % 20 == 3 else 100000))
    return str(rng.choice([0, 0, 1, 2, 5, rng.randint(0, 60), rng.randint(0, 400)]))


def make_counts(world, variations, places, moment, rng):
    """Counts from this moment on, some at the very same time, some missing, some in other states."""
    number = 0
    for index, variation in enumerate(variations):
        for place in places:
            number += 1
            if index % 23 == 4 and number % 2 or not world.at_location(variation, place, "track_inventory"):
                continue
            if number % 7:
                moment += rng.choice([1_000_000, 17_000_000, 120_000_797])
            world.counts.put((variation["id"], place, "IN_STOCK"), quantity_for(variation, number, rng), moment)
            for state, divisor in (("WASTE", 61), ("RESERVED_FOR_SALE", 83), ("RETURNED_BY_CUSTOMER", 127)):
                if number % divisor == 1:
                    world.counts.put((variation["id"], place, state), str(rng.randint(1, 9)), moment)


def make_history(world, variations, places, days, a_day, rng):
    """Sales of the days before now, receipts and waste, in the order of time; then the present."""
    end = world.clock.now()
    tracked = [v for v in variations if v["item_variation_data"]["track_inventory"]]
    verbs = Verbs(world)
    frozen = world.clock.frozen
    world.clock.frozen = end - days * 86400 * SECOND
    for _ in range(days * a_day):
        world.clock.frozen += 86400 * SECOND // a_day
        variation, place = rng.choice(tracked), rng.choice(places)
        what = rng.random()
        amount = quantity_text(Decimal(rng.randint(1, 3000)) / 1000) if "measurement_unit_id" in variation["item_variation_data"] else str(rng.randint(1, 4))
        verb = "sell" if what < 0.85 else "receive" if what < 0.93 else "waste" if what < 0.97 else "return"
        verbs.do(verb, {"variation": variation["id"], "location": place, "quantity": amount})
    world.clock.frozen = frozen


def make_shop(world, variations=2100, locations=6, days=5, a_day=60, seed=7):
    """Every oddity of the interface; a month of it is a matter of days and a_day."""
    rng = random.Random(seed)
    places = make_places(world, locations)
    for number in range(7):
        world.clock.event()
        vendor = world.new_id("VE")
        world.vendors[vendor] = {"id": vendor, "name": "Vendor %d" % (number + 1), "status": "INACTIVE" if number == 5 else "ACTIVE", "version": 1,
                                 "created_at": time_text(world.clock.now()), "updated_at": time_text(world.clock.now()),
                                 "contacts": [{"id": world.new_id("VC"), "name": "Ann", "email_address": "orders%d@vendor.example" % number,
                                               "phone_number": "+1415555010%d" % number, "ordinal": 0}]}
    start = world.clock.frozen
    world.clock.frozen, world.clock.last = world.clock.now() - 90 * 86400 * SECOND, 0
    made = make_items(world, variations, places, rng)
    world.clock.frozen, world.clock.last = start, 0
    make_counts(world, made, places, world.clock.now() - (days + 3) * 86400 * SECOND, rng)
    make_history(world, made, places, days, a_day, rng)
    verbs = make_wine(world, places)
    live = [v for v in made if v["item_variation_data"]["track_inventory"]]
    for number, (status, got) in enumerate((("STARTED", None), ("DRAFT", None), ("STARTED", "2"), ("STARTED", "5"))):
        order = verbs.do("transfer-order", {"source": places[number % len(places)], "destination": places[(number + 1) % len(places)], "status": status,
                                            "lines": [{"variation": live[number * 5 + k]["id"], "quantity": "5"} for k in range(3)]})
        if got:
            verbs.do("receive-transfer", {"order": order["id"], "quantity": got})
    for number, variation in enumerate(live):
        if number % 53 == 13:
            verbs.do("delete", {"object": variation["id"] if number % 2 else world.item_of[variation["id"]]})
    world.events.clear()


def make_plain(world, variations=20000, locations=50, seed=7):
    """Many counts and nothing odd, for measuring."""
    rng = random.Random(seed)
    places = make_places(world, locations)
    for place in world.locations.values():
        place["status"] = "ACTIVE"
    groups = make_groups(world)[0]
    moment = world.clock.now() - 86400 * SECOND
    for first in range(0, variations, 4):
        made = [{"type": "ITEM_VARIATION", "id": world.new_id("VA"), "present_at_all_locations": True, "is_deleted": False, "item_variation_data": {
            "name": "V%d" % k, "ordinal": k, "sku": "B-%06d" % (first + k), "pricing_type": "FIXED_PRICING", "price_money": {"amount": 999, "currency": "USD"},
            "track_inventory": True, "sellable": True, "stockable": True}} for k in range(min(4, variations - first))]
        world.put_object({"type": "ITEM", "id": world.new_id("IT"), "present_at_all_locations": True, "item_data": {
            "name": "Item %d" % first, "product_type": "REGULAR", "is_archived": False, "categories": [{"id": groups[first % len(groups)]}], "variations": made}})
        for variation in made:
            for place in places:
                moment += 1_000_000
                world.counts.put((variation["id"], place, "IN_STOCK"), str(rng.randrange(500)), moment)
    world.clock.last = max(world.clock.last, moment)
