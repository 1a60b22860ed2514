"""What goes wrong at the stand-in Square: a plan of faults, used up call by call.

A fault is {"fault": NAME, "path": part of the path, "skip": N, "times": N (1; -1 for ever), ...}.

  before the call is answered
    429 408 500 502 503 504 ...  that status; after: Retry-After as given; 502 is a web page
    error        status, code, detail: an error of Square as given; html: true makes it a web page
    expire-cursor  400 INVALID_CURSOR to a call that carries a cursor
    slow         ms: the answer comes late (2000)
    hang         no answer
    reset        the connection is reset
    empty        200 without a body
    html         200 with a web page
    drip         the body a byte a second
    endless      200 and a body without end
  in the answer
    truncated    the promised length, half of it, and the connection is cut
    half         half of the body as if it were all
    errors       errors inside a 200 beside the rows
    edit         set: {member: value} in row number at (0), dotted members reach inside; drop: [members]
    insert       row (any JSON) at place at (0)
    absurd       a row that is nonsense in a page of good ones
    long         a quantity of 26 digits in row at
    state type   an unknown state, or type, in row at
    duplicate    the page before once more, and then on
    repeat-cursor  the cursor of the request again
    wrong-cursor a cursor that will be refused
    then         verbs [{verb ...}] are done right after the answer was made: rows change between pages
"""
import base64
import itertools
import json
import os

from square_tokens import ApiError

ROWS = ["counts", "changes", "objects", "orders", "vendors", "transfer_orders", "locations"]
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>Bad gateway</h1></body></html>"
CODES = {408: "REQUEST_TIMEOUT", 429: "RATE_LIMITED", 500: "INTERNAL_SERVER_ERROR", 503: "SERVICE_UNAVAILABLE",
         504: "GATEWAY_TIMEOUT", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND"}
LONG = "12345678901234567890.12345"
ABSURD = {"counts": {"catalog_object_id": ["?"], "catalog_object_type": "ITEM_VARIATION", "state": "IN_STOCK", "location_id": None,
                     "quantity": "1e99999", "calculated_at": "the day after tomorrow"},
          "changes": {"type": "ADJUSTMENT", "adjustment": {"id": 7, "quantity": "twelve", "occurred_at": "0000-00-00T99:99:99Z"}},
          "objects": {"type": "ITEM", "id": "\u0000", "item_data": {"name": 12, "variations": "none"}},
          "orders": {"id": None, "location_id": {}, "line_items": [{"quantity": "-"}], "state": "COMPLETED", "closed_at": "yesterday"},
          "vendors": {"id": 3, "name": ["x"]}, "transfer_orders": {"id": {}, "line_items": 5}, "locations": {"id": 9, "timezone": "Mars/North"}}


class Faults:
    def __init__(self):
        self.plan = []
        self.last = {}
        self.numbers = itertools.count(1)

    def add(self, faults):
        for fault in faults:
            known = fault["fault"].isdigit() or fault["fault"] in ("error", "slow") or fault["fault"] in BEFORE or \
                hasattr(self, "alter_" + fault["fault"].replace("-", "_")) or fault["fault"] in ("truncated", "half", "drip", "then")
            if not known:
                raise ValueError("no fault " + fault["fault"])
            self.plan.append({"path": "/", "skip": 0, "times": 1, **fault})
        return len(self.plan)

    def next(self, path, cursor):
        """The fault of this call; each that matches counts down, the first that is due is taken."""
        for fault in self.plan:
            if fault["path"] not in path or fault["times"] == 0 or (fault["fault"] == "expire-cursor" and not cursor):
                continue
            if fault["skip"] > 0:
                fault["skip"] -= 1
                continue
            fault["times"] -= 1
            return fault
        return None

    @staticmethod
    def raise_before(fault):
        """An error instead of an answer, as (status, body, content type, headers), or None."""
        name = fault["fault"]
        headers = [("Retry-After", str(fault["after"]))] if "after" in fault else []
        if name.isdigit() or name == "error":
            status = int(fault.get("status", 400)) if name == "error" else int(name)
            if status == 502 or fault.get("html"):
                return status, PAGE, "text/html", headers
            error = ApiError(status, fault.get("code") or CODES.get(status, "TEMPORARY_ERROR"), fault.get("detail", "As planned."), fault.get("field"))
            return status, json.dumps(error.body).encode(), "application/json", headers
        if name == "expire-cursor":
            return 400, json.dumps(ApiError(400, "INVALID_CURSOR", "The cursor has expired.", "cursor").body).encode(), "application/json", []
        if name == "empty":
            return 200, b"", "application/json", []
        if name == "html":
            return 200, PAGE, "text/html", []
        return None

    def alter(self, fault, path, request_cursor, body):
        """The body with the fault in it; without one it is remembered for a duplicate."""
        method = getattr(self, "alter_" + fault["fault"].replace("-", "_"), None) if fault else None
        if method is not None:
            answer = json.loads(body or b"{}")
            answer = method(fault, answer, path, request_cursor)
            body = json.dumps(answer, separators=(",", ":")).encode()
        if fault is None or fault["fault"] != "duplicate":
            self.last[path] = body
        return body

    @staticmethod
    def rows_of(answer):
        for name in ROWS:
            if name in answer:
                return name, answer[name]
        return None, []

    def row(self, fault, answer):
        rows = self.rows_of(answer)[1]
        at = fault.get("at", 0)
        return rows[at] if -len(rows) <= at < len(rows) else {}

    @staticmethod
    def inner(row):
        """The part of a row that has the quantity."""
        return row.get("adjustment") or row.get("physical_count") or row.get("transfer") or row

    def alter_errors(self, fault, answer, *_):
        return {**answer, "errors": [{"category": "API_ERROR", "code": fault.get("code", "TEMPORARY_ERROR"), "detail": "Some rows are missing."}]}

    def alter_edit(self, fault, answer, *_):
        row = self.row(fault, answer)
        for member, value in fault.get("set", {}).items():
            *way, last = member.split(".")
            holder = row
            for step in way:
                holder = holder.setdefault(step, {})
            holder[last] = value
        for member in fault.get("drop", []):
            row.pop(member, None)
        return answer

    def alter_insert(self, fault, answer, *_):
        self.rows_of(answer)[1].insert(fault.get("at", 0), fault["row"])
        return answer

    def alter_absurd(self, fault, answer, *_):
        name, rows = self.rows_of(answer)
        if name:
            rows.insert(fault.get("at", 0), ABSURD[name])
        return answer

    def alter_long(self, fault, answer, *_):
        self.inner(self.row(fault, answer))["quantity"] = fault.get("quantity", LONG)
        return answer

    def alter_state(self, fault, answer, *_):
        inner = self.inner(self.row(fault, answer))
        inner["to_state" if "to_state" in inner else "state"] = fault.get("state", "IN_LIMBO")
        return answer

    def alter_type(self, fault, answer, *_):
        row = self.row(fault, answer)
        row["catalog_object_type" if "quantity" in row else "type"] = fault.get("type", "HOLOGRAM")
        return answer

    def alter_duplicate(self, fault, answer, path, cursor):
        """The page before, with another cursor to where this call wanted to begin."""
        if path not in self.last or not cursor:
            return answer
        before = json.loads(self.last[path])
        raw = base64.urlsafe_b64decode(cursor.encode())
        content = json.loads(raw[9:])
        content[3] = "again %d" % next(self.numbers)
        before["cursor"] = sign(content)
        return before

    def alter_repeat_cursor(self, fault, answer, path, cursor):
        return {**answer, "cursor": cursor or answer.get("cursor", "again")}

    def alter_wrong_cursor(self, fault, answer, *_):
        return {**answer, "cursor": base64.urlsafe_b64encode(os.urandom(30)).decode()}


BEFORE = ("expire-cursor", "hang", "reset", "empty", "html", "endless")


def sign(content):
    """A cursor as square_api makes them."""
    import hmac
    from square_api import Cursors
    body = json.dumps(content).encode()
    return base64.urlsafe_b64encode(hmac.new(Cursors.KEY, body, "sha256").digest()[:9] + body).decode()
