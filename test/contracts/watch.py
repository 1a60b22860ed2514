#!/usr/bin/python3
"""A door in front of Prism: takes HTTP or HTTPS, hands on to Prism, and writes down what Prism has against it.

  watch.py --to PORT --violations FILE [--cert C --key K]

Each answer with the header sl-violations becomes one line of JSON in FILE; so does a call that Prism could not
answer.  It is also the TLS that Prism does not speak.
"""
import argparse
import http.client
import json
import os
import ssl
import sys
from http.server import BaseHTTPRequestHandler

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers"))
import http_peer  # noqa: E402
import peer  # noqa: E402

KEPT = {"content-type", "retry-after", "square-version", "location"}


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    to = 0
    violations = ""
    connection_to = None

    def log_message(self, *_):
        pass

    def complain(self, **what):
        with open(self.violations, "a", encoding="utf-8") as file:
            file.write(json.dumps({"method": self.command, "path": self.path, **what}) + "\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or "0"))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "accept-encoding", "content-length")}
        if body or self.command == "POST":
            headers["Content-Length"] = str(len(body))
        try:
            upstream = http.client.HTTPConnection("127.0.0.1", self.to, timeout=60)
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            text = answer.read()
            upstream.close()
        except OSError as error:
            self.complain(error=str(error))
            self.send_error(599)
            return
        found = answer.getheader("sl-violations")
        if found:
            self.complain(status=answer.status, request=body.decode("utf-8", "replace")[:500], violations=found)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() in KEPT:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    peer.add_arguments(parser)
    parser.add_argument("--to", type=int, required=True, help="Prism's port")
    parser.add_argument("--violations", required=True, help="file for what is wrong, one JSON a line")
    options = parser.parse_args()
    peer.bind_to_parent(options.alarm)
    open(options.violations, "a", encoding="utf-8").close()
    Door.to, Door.violations = options.to, options.violations
    server = http_peer.Server(("127.0.0.1", options.port), Door)
    if options.cert:
        server.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.context.load_cert_chain(options.cert, options.key)
    peer.announce(server.server_address[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
