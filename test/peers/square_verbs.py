"""What a seller does to the stand-in Square: each verb is a method, called with the members of its JSON.

Quantities are given as text or numbers, variations by id or SKU, locations by id or name; `at` is when it
happened (now), and it always arrives now.
"""
from datetime import datetime, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from square_world import SECOND, parse_time, quantity_text, time_text


class Verbs:
    def __init__(self, world):
        self.world = world

    def do(self, verb, arguments):
        method = getattr(self, "do_" + verb.replace("-", "_"), None)
        if method is None:
            raise ValueError("no verb %s; there are %s" % (verb, ", ".join(
                sorted(name[3:].replace("_", "-") for name in dir(self) if name.startswith("do_")))))
        with self.world.lock:
            return method(**arguments)

    # Time.

    def do_clock(self, at=None):
        """Stands still at a time; without one it runs again."""
        self.world.clock.set(at)
        return {"now": time_text(self.world.clock.now())}

    def do_advance(self, seconds):
        self.world.clock.advance(seconds)
        return {"now": time_text(self.world.clock.now())}

    def do_settings(self, **values):
        """page_size, cursor_ttl (s), touch_items, gzip, access_seconds."""
        unknown = set(values) - set(self.world.settings)
        if unknown:
            raise ValueError("no setting " + ", ".join(sorted(unknown)))
        self.world.settings.update(values)
        return self.world.settings

    # Stock and sales.

    def place(self, name):
        return self.world.location(name)["id"]

    def line(self, order, variation, quantity, location, price):
        world = self.world
        money = world.at_location(variation, location, "price_money") or {"amount": price or 100, "currency": world.locations[location]["currency"]}
        amount = {"amount": int(price if price is not None else money["amount"]), "currency": money["currency"]}
        total = {"amount": int((Decimal(amount["amount"]) * quantity).to_integral_value()), "currency": amount["currency"]}
        item = world.objects.get(world.item_of.get(variation["id"], ""), {})
        line = {"uid": "L%d" % (len(order["line_items"]) + 1), "quantity": quantity_text(quantity),
                "name": item.get("item_data", {}).get("name", ""), "variation_name": variation["item_variation_data"].get("name", ""),
                "catalog_object_id": variation["id"], "catalog_version": variation["version"], "item_type": "ITEM",
                "base_price_money": amount, "gross_sales_money": total, "total_money": total}
        unit = variation["item_variation_data"].get("measurement_unit_id")
        if unit:
            line["quantity_unit"] = {"catalog_object_id": unit, **world.objects[unit]["measurement_unit_data"]}
        order["line_items"].append(line)
        return total

    def new_order(self, location, occurred, **more):
        world = self.world
        arrived = world.clock.event()
        occurred = occurred or arrived
        order = {"id": world.new_id("OR"), "location_id": location, "line_items": [], "state": "COMPLETED", "version": 1,
                 "source": {"name": "Point of Sale"}, "created_at": time_text(occurred), "closed_at": time_text(occurred),
                 "updated_at": time_text(arrived), **more}
        world.orders[order["id"]] = order
        world.note("order.updated", order_id=order["id"], location_id=location, state=order["state"])
        return order

    def sold(self, order, variation, quantity, location, total, occurred):
        """Takes the stock of a line, of the variation that has stock and only where it is tracked."""
        moved, amount = self.world.stockable(variation, quantity)
        if self.world.at_location(moved, location, "track_inventory", False):
            self.world.adjust(moved["id"], location, amount, "IN_STOCK", "SOLD", occurred, total_price_money=total,
                              transaction_id=order["id"])

    def do_sell(self, location, variation=None, quantity="1", price=None, at=None, lines=None, state="COMPLETED"):
        """A sale of one variation or of lines [{variation, quantity}]; the state OPEN or DRAFT takes no stock."""
        location = self.place(location)
        occurred = None if at is None else parse_time(at)
        order = self.new_order(location, occurred, state=state)
        for line in lines or [{"variation": variation, "quantity": quantity, "price": price}]:
            thing, amount = self.world.variation(line["variation"]), Decimal(str(line.get("quantity", "1")))
            total = self.line(order, thing, amount, location, line.get("price"))
            if state == "COMPLETED":
                self.sold(order, thing, amount, location, total, occurred)
        if state != "COMPLETED" and state != "CANCELED":
            del order["closed_at"]
        return order

    def do_offline_sale(self, location, variation, quantity="1", hours_late=48, at=None):
        """A sale of a till without network: it happened hours ago and is told now."""
        if at is None:
            at = time_text(self.world.clock.now() - int(Decimal(str(hours_late)) * 3600 * SECOND))
        return self.do_sell(location, variation, quantity, at=at)

    def do_custom_sale(self, location, amount=500, item_type="CUSTOM_AMOUNT"):
        """A line without a catalog object."""
        order = self.new_order(self.place(location), None)
        money = {"amount": amount, "currency": self.world.locations[order["location_id"]]["currency"]}
        order["line_items"].append({"uid": "L1", "quantity": "1", "item_type": item_type, "base_price_money": money, "total_money": money})
        return order

    def do_close(self, order, state="COMPLETED"):
        """Completes or cancels an open order."""
        world, order = self.world, self.world.orders[order]
        arrived = world.clock.event()
        order.update(state=state, version=order["version"] + 1, updated_at=time_text(arrived), closed_at=time_text(arrived))
        world.note("order.updated", order_id=order["id"], location_id=order["location_id"], state=state)
        for line in order["line_items"] if state == "COMPLETED" else []:
            self.sold(order, world.objects[line["catalog_object_id"]], Decimal(line["quantity"]), order["location_id"], line["total_money"], arrived)
        return order

    def do_return(self, location, variation, quantity="1", order=None, restock=True, at=None):
        """A separate return order; with `order` it is linked to that sale, else it came from the street."""
        world, location, thing, amount = self.world, self.place(location), self.world.variation(variation), Decimal(str(quantity))
        occurred = None if at is None else parse_time(at)
        back = self.new_order(location, occurred)
        total = self.line(back, thing, amount, location, None)
        line = back.pop("line_items")[0]
        line.update(uid="R1", gross_return_money=line.pop("gross_sales_money"), source_line_item_uid="L1" if order else "")
        back["returns"] = [{"uid": "RT1", "return_line_items": [line], **({"source_order_id": order} if order else {})}]
        moved, amount = world.stockable(thing, amount)
        if world.at_location(moved, location, "track_inventory", False):
            world.adjust(moved["id"], location, amount, "SOLD" if order else "UNLINKED_RETURN",
                         "IN_STOCK" if restock else "RETURNED_BY_CUSTOMER", occurred, total_price_money=total, refund_id=back["id"])
        return back

    def do_refund(self, location, amount=100, order=None):
        """Money back without goods: a return line without a catalog object."""
        back = self.new_order(self.place(location), None)
        del back["line_items"]
        money = {"amount": amount, "currency": self.world.locations[back["location_id"]]["currency"]}
        back["returns"] = [{"uid": "RT1", "return_line_items": [
            {"uid": "R1", "quantity": "1", "item_type": "CUSTOM_AMOUNT", "total_money": money}], **({"source_order_id": order} if order else {})}]
        return back

    def do_exchange(self, location, bring, take, quantity="1"):
        """One order with a line sold and a line returned."""
        order = self.do_sell(location, take, quantity)
        back = self.do_return(location, bring, quantity)
        order["returns"] = self.world.orders.pop(back["id"])["returns"]
        return order

    def adjust(self, location, variation, quantity, from_state, to_state, at, **more):
        moved, amount = self.world.stockable(self.world.variation(variation), Decimal(str(quantity)))
        self.world.adjust(moved["id"], self.place(location), amount, from_state, to_state, None if at is None else parse_time(at), **more)
        return {"quantity": self.world.counts.get((moved["id"], self.place(location), "IN_STOCK"))}

    def do_receive(self, location, variation, quantity="1", at=None, vendor=None):
        more = {"vendor_id": vendor, "purchase_order_id": self.world.new_id("PO")} if vendor else {}
        return self.adjust(location, variation, quantity, "NONE", "IN_STOCK", at, **more)

    def do_waste(self, location, variation, quantity="1", at=None):
        return self.adjust(location, variation, quantity, "IN_STOCK", "WASTE", at)

    def do_adjust(self, location, variation, from_state, to_state, quantity="1", at=None):
        """Any other adjustment, of unknown states too."""
        return self.adjust(location, variation, quantity, from_state, to_state, at)

    def do_recount(self, location, variation, quantity, state="IN_STOCK", at=None):
        """A physical count; the quantity is kept letter by letter, so it may have 26 characters."""
        self.world.recount(self.world.variation(variation)["id"], self.place(location), str(quantity), state,
                           None if at is None else parse_time(at))
        return {"quantity": str(quantity)}

    def do_transfer(self, variation, source, destination, quantity="1", at=None):
        """Goods that are at once elsewhere."""
        self.world.move(self.world.variation(variation)["id"], self.place(source), self.place(destination), Decimal(str(quantity)),
                        None if at is None else parse_time(at))
        return {}

    # Transfer orders: what was ordered is pending until it arrives.

    def do_transfer_order(self, source, destination, lines, status="STARTED", expected_at=None):
        """lines [{variation, quantity}]; a started one takes the goods from the source at once."""
        world, source, destination = self.world, self.place(source), self.place(destination)
        moment = time_text(world.clock.event())
        order = {"id": world.new_id("TO"), "source_location_id": source, "destination_location_id": destination, "status": status,
                 "created_at": moment, "updated_at": moment, "version": 1, "line_items": []}
        if expected_at:
            order["expected_at"] = expected_at
        for line in lines:
            thing, amount = world.variation(line["variation"]), Decimal(str(line.get("quantity", "1")))
            text = quantity_text(amount)
            order["line_items"].append({"uid": "T%d" % (len(order["line_items"]) + 1), "item_variation_id": thing["id"],
                                        "quantity_ordered": text, "quantity_pending": text, "quantity_received": "0",
                                        "quantity_damaged": "0", "quantity_canceled": "0"})
            if status == "STARTED":
                world.adjust(thing["id"], source, amount, "IN_STOCK", "IN_TRANSIT")
        world.transfers[order["id"]] = order
        world.note("transfer_order.created", transfer_order_id=order["id"])
        return order

    def do_start_transfer(self, order):
        order = self.world.transfers[order]
        for line in order["line_items"]:
            self.world.adjust(line["item_variation_id"], order["source_location_id"], Decimal(line["quantity_ordered"]), "IN_STOCK", "IN_TRANSIT")
        return self.renewed(order, "STARTED")

    def do_receive_transfer(self, order, quantity=None, damaged="0"):
        """Each line, or this much of each, arrives; of it so much is broken."""
        world, order, damaged = self.world, self.world.transfers[order], Decimal(str(damaged))
        for line in order["line_items"]:
            pending = Decimal(line["quantity_pending"])
            amount = pending if quantity is None else min(pending, Decimal(str(quantity)))
            good, bad = amount - min(amount, damaged), min(amount, damaged)
            arrived = world.clock.event()
            world.move_count(line["item_variation_id"], order["source_location_id"], "IN_TRANSIT", -amount, arrived)
            world.adjust(line["item_variation_id"], order["destination_location_id"], good, "NONE", "IN_STOCK")
            line["quantity_pending"] = quantity_text(pending - amount)
            line["quantity_received"] = quantity_text(Decimal(line["quantity_received"]) + good)
            line["quantity_damaged"] = quantity_text(Decimal(line["quantity_damaged"]) + bad)
        left = any(Decimal(line["quantity_pending"]) for line in order["line_items"])
        if not left:
            order["completed_at"] = time_text(world.clock.now())
        return self.renewed(order, "PARTIALLY_RECEIVED" if left else "COMPLETED")

    def do_cancel_transfer(self, order):
        order = self.world.transfers[order]
        for line in order["line_items"]:
            if order["status"] in ("STARTED", "PARTIALLY_RECEIVED"):
                self.world.adjust(line["item_variation_id"], order["source_location_id"], Decimal(line["quantity_pending"]), "IN_TRANSIT", "IN_STOCK")
            line["quantity_canceled"], line["quantity_pending"] = line["quantity_pending"], "0"
        return self.renewed(order, "CANCELED")

    def renewed(self, order, status):
        order.update(status=status, version=order["version"] + 1, updated_at=time_text(self.world.clock.event()))
        self.world.note("transfer_order.updated", transfer_order_id=order["id"])
        return order

    # Catalog.

    def do_set_item(self, variation, **values):
        """name, sku, price, track_inventory, inventory_alert_type, inventory_alert_threshold, vendor_information ...; null removes."""
        thing = self.world.variation(variation)
        data = thing["item_variation_data"]
        if "price" in values:
            price = values.pop("price")
            values["price_money"] = None if price is None else {"amount": price, "currency": self.world.merchant["currency"]}
        for member, value in values.items():
            data[member] = value
            if value is None:
                del data[member]
        self.world.touch(thing["id"])
        return thing

    def do_set_threshold(self, variation, threshold):
        """null takes the alert away."""
        return self.do_set_item(variation, inventory_alert_type="NONE" if threshold is None else "LOW_QUANTITY",
                                inventory_alert_threshold=threshold)

    def do_set_override(self, variation, location, **values):
        """The members of location_overrides for one place; without any the override goes."""
        thing, location = self.world.variation(variation), self.place(location)
        data = thing["item_variation_data"]
        kept = [override for override in data.get("location_overrides", []) if override["location_id"] != location]
        if values:
            kept.append({"location_id": location, **values})
        data["location_overrides"] = kept
        self.world.touch(thing["id"])
        return thing

    def do_rename(self, item, name):
        self.world.objects[item]["item_data"]["name"] = name
        self.world.touch(item)
        return {}

    def do_archive(self, item, archived=True):
        """Takes an item or one of its variations."""
        item = self.world.item_of.get(item, item)
        self.world.objects[item]["item_data"]["is_archived"] = archived
        self.world.touch(item)
        return {}

    def do_delete(self, object):
        self.world.delete_object(object)
        return {}

    def do_presence(self, item, **values):
        """present_at_all_locations, present_at_location_ids, absent_at_location_ids."""
        self.world.objects[item].update(values)
        self.world.touch(item)
        return {}

    def do_add_item(self, name, variations, **item_data):
        """variations [{name, sku, price ...}] of a new item."""
        made = []
        for number, data in enumerate(variations):
            data = dict(data)
            if "price" in data:
                data["price_money"] = {"amount": data.pop("price"), "currency": self.world.merchant["currency"]}
            data = {"name": "Regular", "ordinal": number, "pricing_type": "FIXED_PRICING", "track_inventory": True,
                    "sellable": True, "stockable": True, **data}
            made.append({"type": "ITEM_VARIATION", "id": self.world.new_id("VA"), "present_at_all_locations": True,
                         "item_variation_data": data})
        item = self.world.put_object({"type": "ITEM", "id": self.world.new_id("IT"), "present_at_all_locations": True, "item_data": {
            "name": name, "product_type": "REGULAR", "is_archived": False, **item_data, "variations": made}})
        self.world.note("catalog.version.updated", updated_at=item["updated_at"])
        return item

    def do_put_object(self, object):
        """Any catalog object, of an unknown type too."""
        return self.world.put_object(object)

    def do_set_location(self, location, **values):
        """name, status, timezone, currency ..."""
        place = self.world.location(location)
        place.update(values)
        self.world.note("location.updated", location_id=place["id"])
        return place

    def do_add_location(self, name, timezone="UTC", currency="USD", country="US", status="ACTIVE"):
        place = {"id": self.world.new_id("LO"), "name": name, "timezone": timezone, "status": status, "currency": currency, "country": country,
                 "merchant_id": self.world.merchant["id"], "type": "PHYSICAL", "created_at": "2020-01-01T00:00:00.000Z"}
        self.world.locations[place["id"]] = place
        self.world.note("location.created", location_id=place["id"])
        return place

    def do_set_vendor(self, vendor=None, **values):
        """Changes a vendor, or adds one."""
        moment = time_text(self.world.clock.event())
        if vendor is None:
            vendor = self.world.new_id("VE")
            self.world.vendors[vendor] = {"id": vendor, "created_at": moment, "status": "ACTIVE", "version": 0}
        thing = self.world.vendors[vendor]
        thing.update(values, updated_at=moment, version=thing["version"] + 1)
        self.world.note("vendor.updated", vendor_id=vendor)
        return thing


def local_day(moment, zone):
    return datetime.fromtimestamp(moment // SECOND, timezone.utc).astimezone(ZoneInfo(zone)).date().isoformat()
