#!/usr/bin/python3
"""Answers like Square, word for word as a test tells it; it knows no stock (square_peer.py does).

  square_script.py --record FILE --dir DIR [--cert C --key K]

Requests are recorded as by http_peer.py.  A test tells it what to do by files of JSON in DIR, read for every request:

  script  a list of answers, taken off in turn by what is not of /oauth2: {"status": 200, "json": {}}, {"text": "<html>"}
          or {"fault": "hang"} (reset, slow, huge, partial); "headers" goes with each
  pages   {path: body}: what a path answers when the list is empty; else {}
  tokens  {"access": ..., "refresh": ..., "single": true}: the tokens that count; "single": the refresh token does so
          once; "slow": milliseconds until a new one is told.  Any other Authorization gets 401 ACCESS_TOKEN_EXPIRED
"""
import argparse
import json
import os
import ssl
import time
from urllib.parse import urlsplit

import http_peer
import peer


class Square(http_peer.Receiver):
    folder = ""
    renewals = 0

    def load(self, name, empty):
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return empty

    def save(self, name, value):
        path = os.path.join(self.folder, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(value, file)
        os.rename(path + ".new", path)

    def answer_json(self, status, value, headers=()):
        self.send(status, json.dumps(value).encode(), headers)

    def send(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, code):
        self.answer_json(status, {"errors": [{"category": "AUTHENTICATION_ERROR", "code": code,
                                              "detail": "said to " + self.headers.get("Authorization", "nobody")}]})
        return code

    def renew(self, body):
        request = json.loads(body)
        with self.lock:
            tokens = self.load("tokens", {})
            if request.get("refresh_token") != tokens.get("refresh"):
                return self.refuse(401, "UNAUTHORIZED")
            Square.renewals += 1
            tokens["access"] = f"access-{self.renewals}"
            if tokens.get("single"):
                tokens["refresh"] = f"refresh-{self.renewals}"
            self.save("tokens", tokens)
        time.sleep(tokens.get("slow", 0) / 1000)
        return self.answer_json(200, {
            "access_token": tokens["access"], "refresh_token": tokens["refresh"],
            "expires_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 30 * 86400))})

    def next_step(self):
        with self.lock:
            script = self.load("script", [])
            if not script:
                return None
            self.save("script", script[1:])
            return script[0]

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.note(body, "")
        if self.path == "/oauth2/token":
            return self.renew(body)
        tokens = self.load("tokens", {})
        if tokens and self.headers.get("Authorization") != "Bearer " + tokens["access"]:
            return self.refuse(401, "ACCESS_TOKEN_EXPIRED")
        step = None if self.path == "/oauth2/token/status" else self.next_step()
        if step is None:
            return self.answer_json(200, self.load("pages", {}).get(urlsplit(self.path).path, {}))
        if "fault" in step:
            return getattr(self, "fault_" + step["fault"])(step)
        text = step["text"] if "text" in step else json.dumps(step.get("json", {}))
        return self.send(step.get("status", 200), text.encode(), step.get("headers", {}).items())

    do_GET = do_POST


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    peer.add_arguments(parser)
    parser.add_argument("--record", required=True, help="file for the requests, one JSON a line")
    parser.add_argument("--dir", required=True, help="folder of script, pages and tokens")
    options = parser.parse_args()
    peer.bind_to_parent(options.alarm)
    open(options.record, "a", encoding="utf-8").close()
    Square.record, Square.folder = options.record, options.dir
    server = http_peer.Server(("127.0.0.1", options.port), Square)
    if options.cert:
        server.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.context.load_cert_chain(options.cert, options.key)
    peer.announce(server.server_address[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
