#!/usr/bin/python3
"""A receiver of webhooks that records what it gets and answers by path.

  http_peer.py --record FILE [--cert C --key K [--tls11]]

Each request becomes one line of JSON in FILE: time, number, connection, method, path,
headers, body, answer.  HTTPS with a certificate (--tls11: TLS 1.1 at most), else HTTP; connections are kept alive.
The last words of the path script the answer:

  /ok               200 ok (so does every path without a script)
  /400 /500 ...     that status
  /429?after=N      429 with Retry-After: N (any text); without after none
  /hang             the request is read and never answered
  /reset            the connection is reset after the request was read
  /slow?ms=N        200 ok after N milliseconds (2000)
  /drip             headers come, the body one byte a second without end
  /redirect         302 to /redirected
  /huge             200 and an endless body
  /headers          200 and endless headers
  /page             200 with a web page
  /partial          200, half of the promised body, then the connection is cut
  /bomb?by=HEADER   200, 10 MB of gzip that unpack to 10 GB, as Content-Encoding or Transfer-Encoding
  /coding           200 with content encodings that nobody knows
  /length           200 with a length of 2^63 and more
  /nonsense         an answer that is no HTTP
  /continue         100 Continue without end
  /seq/500,500,200  answers of this path in turn; the last one stays
"""
import argparse
import itertools
import json
import socket
import ssl
import struct
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import peer


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "peer"
    sys_version = ""
    disable_nagle_algorithm = True
    numbers = itertools.count(1)
    connections = itertools.count(1)
    lock = threading.Lock()
    turns = {}
    record = None

    def setup(self):
        super().setup()
        self.connection_number = next(self.connections)

    def log_message(self, *_):
        pass

    def note(self, body, answer):
        line = {"time": time.time(), "number": next(self.numbers), "connection": self.connection_number,
                "method": self.command, "path": self.path, "headers": dict(self.headers.items()),
                "body": body.decode("utf-8", "backslashreplace"), "answer": answer}
        with self.lock, open(self.record, "a", encoding="utf-8") as record:
            record.write(json.dumps(line) + "\n")

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def status_of(self, words):
        """The scripted status of a path, after its turn in a sequence."""
        if len(words) >= 2 and words[-2] == "seq":
            codes = words[-1].split(",")
            with self.lock:
                turn = self.turns.get(self.path, 0)
                self.turns[self.path] = turn + 1
            return codes[min(turn, len(codes) - 1)]
        return words[-1]

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        script = self.status_of(url.path.strip("/").split("/"))
        fault = getattr(self, "fault_" + script, None)
        self.note(body, script if script.isdigit() else ("200" if fault is None else script))
        if script.isdigit():
            retry = [("Retry-After", query["after"])] if "after" in query else []
            words = {"200": b"ok", "400": b"invalid_payload", "403": b"invalid_token", "404": b"no_service",
                     "410": b"channel_is_archived", "500": b"rollup_error"}
            self.answer(int(script), words.get(script, b""), retry)
        elif fault is not None:
            fault(query)
        else:
            self.answer(200, b"ok")

    do_GET = do_PUT = do_POST

    def fault_hang(self, _):
        time.sleep(3600)

    def fault_reset(self, _):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        if isinstance(self.connection, ssl.SSLSocket):
            socket.socket(fileno=self.connection.detach()).close()
        else:
            self.connection.close()

    def fault_slow(self, query):
        time.sleep(int(query.get("ms", "2000")) / 1000)
        self.answer(200, b"ok")

    def fault_drip(self, _):
        self.endless(b"x", 1)

    def fault_huge(self, _):
        self.endless(b"x" * 65536, 0)

    def endless(self, piece, pause):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.close_connection = True
        try:
            while True:
                self.wfile.write(piece)
                time.sleep(pause)
        except OSError:
            pass

    def fault_headers(self, _):
        self.close_connection = True
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                self.wfile.write(b"X-Filler: " + b"x" * 1000 + b"\r\n")
        except OSError:
            pass

    def fault_redirect(self, _):
        self.answer(302, b"", [("Location", "/redirected")])

    def fault_page(self, _):
        self.answer(200, b"<html><body>Please log in</body></html>")

    def fault_partial(self, _):
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok")

    def fault_bomb(self, query):
        # Each piece unpacks to 10 MB.
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        pieces = packer.compress(b"\0" * 10_000_000) + packer.flush(zlib.Z_SYNC_FLUSH)
        again = zlib.compressobj(9, zlib.DEFLATED, -15)
        again = again.compress(b"\0" * 10_000_000) + again.flush(zlib.Z_SYNC_FLUSH)
        header = query.get("by", "Content-Encoding")
        self.close_connection = True
        try:
            self.wfile.write(f"HTTP/1.1 200 OK\r\n{header}: gzip\r\n\r\n".encode() + pieces)
            for _ in range(1000):
                self.wfile.write(again)
        except OSError:
            pass

    def fault_coding(self, _):
        self.answer(200, b"ok", [("Content-Encoding", "gzip, br, zstd, rot13"), ("Content-Encoding", "deflate")])

    def fault_length(self, _):
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok")

    def fault_nonsense(self, _):
        self.close_connection = True
        self.wfile.write(b"ICY 999 \xff\x00 What?\r\n\r\n")

    def fault_continue(self, _):
        self.close_connection = True
        try:
            while True:
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        except OSError:
            pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    context = None

    def finish_request(self, request, client_address):
        """The TLS handshake belongs to the connection's own thread: a silent client must not block accept."""
        try:
            if self.context is not None:
                request = self.context.wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)
        except OSError:
            pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    peer.add_arguments(parser)
    parser.add_argument("--record", required=True, help="file for the requests, one JSON a line")
    parser.add_argument("--tls11", action="store_true")
    options = parser.parse_args()
    peer.bind_to_parent(options.alarm)
    open(options.record, "a", encoding="utf-8").close()
    Receiver.record = options.record
    server = Server(("127.0.0.1", options.port), Receiver)
    if options.cert:
        server.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.context.load_cert_chain(options.cert, options.key)
        if options.tls11:
            server.context.set_ciphers("ALL:@SECLEVEL=0")
            server.context.minimum_version = ssl.TLSVersion.TLSv1
            server.context.maximum_version = ssl.TLSVersion.TLSv1_1
    peer.announce(server.server_address[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
