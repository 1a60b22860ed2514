#!/usr/bin/python3
"""A stand-in for Twilio's Messages resource that takes nothing that Twilio would not.

  twilio_peer.py --record FILE --login ACCOUNT:USER:PASSWORD [--cert C --key K]

Requests are recorded as by http_peer.py, with their form. To decides the answer: +1999 and an error code of
five digits that error, +1888503 a 503 and +1888600 no answer at all, each at the first try; else 201.

What became of a message (GET of its sid) is decided by To as well: +1777 and an error code of five digits that it
failed with it, of +1777 with 00503, 00429 and 00404 that status (the first two once), 00200 a web page, 00001 that it
stays queued, 00002 sent, 00003 queued at first; every other one is delivered.  Questions are in FILE.asked.
"""
import argparse
import base64
import hashlib
import json
import re
import ssl
import time
from urllib.parse import parse_qsl

import http_peer
import peer

STATUS = {20003: 401, 20429: 429, 20404: 404, 21408: 403}
PHONE = re.compile(r"(whatsapp:)?\+[1-9][0-9]{6,14}")


class Twilio(http_peer.Receiver):
    account = user = password = ""
    seen = set()
    sent = {}
    asked = {}

    def answer_json(self, status, body, headers=()):
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def error(self, code, message):
        status = STATUS.get(code, 400)
        self.answer_json(status, {"code": code, "message": message, "status": status,
                                  "more_info": f"https://www.twilio.com/docs/errors/{code}"})
        return code

    def wrong(self, form):
        """The code for a request that breaks Twilio's rules; 0: it is right."""
        given = self.headers.get("Authorization", "")
        expected = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if given != "Basic " + expected:
            return 20003
        if self.path != f"/2010-04-01/Accounts/{self.account}/Messages.json":
            return 20404
        if self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return 21600
        if set(form) - {"To", "From", "MessagingServiceSid", "Body", "ContentSid", "ContentVariables"}:
            return 21601
        if not PHONE.fullmatch(form.get("To", "")):
            return 21211
        if ("From" in form) == ("MessagingServiceSid" in form):
            return 21603
        if ("Body" in form) == ("ContentSid" in form) or not 0 < len(form.get("Body", "x")) <= 1600:
            return 21602
        return self.wrong_whatsapp(form)

    def wrong_whatsapp(self, form):
        whatsapp = form["To"].startswith("whatsapp:")
        if "From" in form and (not PHONE.fullmatch(form["From"]) or form["From"].startswith("whatsapp:") != whatsapp):
            return 21212
        if not whatsapp:
            return 0
        if "Body" in form:
            return 63016
        variables = json.loads(form["ContentVariables"])
        good = list(variables) == ["1", "2", "3", "4"] and all(
            isinstance(v, str) and v and not re.search(r"[\n\t]|     ", v) for v in variables.values())
        return 0 if good else 21656

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        form = dict(pairs)
        code = self.wrong(form) if len(form) == len(pairs) else 21601
        to = form.get("To", "").removeprefix("whatsapp:")
        first = body not in self.seen
        self.seen.add(body)
        if code == 0 and to.startswith("+1999"):
            code = int(to[5:10])
        self.note(json.dumps(form).encode(), str(code))
        if code in (20429,) and not first:
            code = 0
        if to.startswith("+1888600") and first:
            time.sleep(3600)
        if to.startswith("+1888503") and first:
            self.answer_json(503, {"message": "Service unavailable"})
        elif code:
            self.error(code, "refused by the peer, +15550100")
        else:
            sid = hashlib.md5(body + str(time.time()).encode()).hexdigest()
            self.sent["SM" + sid] = to
            self.answer_json(201, {"account_sid": self.account, "error_code": None, "sid": "SM" + sid, "status": "queued"})

    def do_GET(self):
        found = re.fullmatch(r"/2010-04-01/Accounts/([A-Z0-9a-f]+)/Messages/(\w+)\.json", self.path)
        sid = found.group(2) if found else ""
        with open(self.record + ".asked", "a", encoding="utf-8") as file:
            file.write(json.dumps({"sid": sid, "to": self.sent.get(sid), "at": time.time()}) + "\n")
        given = self.headers.get("Authorization", "")
        if given != "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode():
            return self.error(20003, "refused by the peer")
        if not found or found.group(1) != self.account or sid not in self.sent:
            return self.error(20404, "refused by the peer")
        times = self.asked[sid] = self.asked.get(sid, 0) + 1
        return self.tell_fate(sid, self.sent[sid], times)

    def tell_fate(self, sid, to, times):
        code = int(to[5:10]) if to.startswith("+1777") else 0
        if code in (503, 429) and times == 1:
            return self.answer_json(code, {"message": "later", "status": code}, [("Retry-After", "1")] if code == 429 else [])
        if code == 404:
            return self.error(20404, "refused by the peer")
        if code == 200:
            return self.answer_json(200, "<html>")
        status = {1: "queued", 2: "sent", 3: "queued" if times == 1 else "delivered"}.get(code, "undelivered" if code > 1000 else "delivered")
        return self.answer_json(200, {"account_sid": self.account, "api_version": "2010-04-01", "body": 'a \\"status\\": \\"failed\\" text',
                                      "direction": "outbound-api", "num_segments": "1", "sid": sid, "status": status, "to": to,
                                      "error_code": code if code > 1000 else None, "error_message": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    peer.add_arguments(parser)
    parser.add_argument("--record", required=True, help="file for the requests, one JSON a line")
    parser.add_argument("--login", required=True, help="account, user and password")
    options = parser.parse_args()
    peer.bind_to_parent(options.alarm)
    open(options.record, "a", encoding="utf-8").close()
    Twilio.record = options.record
    Twilio.account, Twilio.user, Twilio.password = options.login.split(":")
    server = http_peer.Server(("127.0.0.1", options.port), Twilio)
    if options.cert:
        server.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.context.load_cert_chain(options.cert, options.key)
    peer.announce(server.server_address[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
