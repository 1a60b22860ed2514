#!/usr/bin/python3
"""A mail server that keeps what it is sent and misbehaves on request.

  smtp_peer.py --dir MAILS [--cert C --key K] [--tls] [--user U --password P]

Each accepted mail becomes MAILS/NNNNNN.eml (envelope in X-Peer-From and X-Peer-To,
log-in in X-Peer-User); each session appends lines to MAILS/log.  With a certificate
STARTTLS is offered and demanded; --tls speaks TLS from the first byte; without both
it is plain.  The local part of a recipient scripts the answer:

  450@ 550@ ...     RCPT is answered with that code
  data-452@ ...     the end of DATA is answered with that code
  hang@             DATA is taken and never answered
  drop@             the connection is cut after DATA was taken
  slow@             the answer comes after two seconds
  held@             DATA is taken; it is kept and answered once MAILS/let_go is there
  seq-450-250@      RCPT answers of this address in turn; the last one stays
"""
import argparse
import asyncio
import os
import re
import ssl

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

import peer


class Handler:
    def __init__(self, folder, offers_auth):
        self.folder = folder
        self.offers_auth = offers_auth
        self.count = 0
        self.turns = {}

    def log(self, *words):
        with open(os.path.join(self.folder, "log"), "a", encoding="utf-8") as log:
            print(*words, file=log)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.log("EHLO", hostname, "tls" if session.ssl else "plain")
        return [line for line in responses if self.offers_auth or line[4:8] != "AUTH"]

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.log("MAIL", address)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    def scripted(self, address):
        local = address.split("@")[0]
        if re.fullmatch(r"[245]\d\d", local):
            return int(local)
        if re.fullmatch(r"seq(-[245]\d\d)+", local):
            codes = local.split("-")[1:]
            turn = self.turns.get(local, 0)
            self.turns[local] = turn + 1
            return int(codes[min(turn, len(codes) - 1)])
        return 250

    async def handle_RCPT(self, server, session, envelope, address, options):
        code = self.scripted(address)
        self.log("RCPT", address, code)
        if code != 250:
            return f"{code} 4.2.0 scripted answer" if code < 500 else f"{code} 5.1.1 scripted answer"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        local = envelope.rcpt_tos[0].split("@")[0]
        self.log("DATA", *envelope.rcpt_tos)
        refused = re.fullmatch(r"data-(\d\d\d)", local)
        if refused:
            return refused.group(1) + " scripted answer"
        if local == "hang":
            await asyncio.sleep(3600)
        if local == "drop":
            server.transport.abort()
            await asyncio.sleep(3600)
        if local == "slow":
            await asyncio.sleep(2)
        while local == "held" and not os.path.exists(os.path.join(self.folder, "let_go")):
            await asyncio.sleep(0.02)
        self.keep(session, envelope)
        return "250 OK kept"

    def keep(self, session, envelope):
        self.count += 1
        path = os.path.join(self.folder, f"{self.count:06d}.eml")
        user = getattr(session, "auth_data", None)
        head = f"X-Peer-From: {envelope.mail_from}\r\nX-Peer-To: {', '.join(envelope.rcpt_tos)}\r\n"
        if isinstance(user, LoginPassword):
            head += f"X-Peer-User: {user.login.decode()}\r\n"
        with open(path + ".new", "wb") as mail:
            mail.write(head.encode() + envelope.original_content)
        os.rename(path + ".new", path)


def make_authenticator(user, password):
    def check(server, session, envelope, mechanism, data):
        right = data.login == user.encode() and data.password == password.encode()
        server.event_handler.log("AUTH", mechanism, data.login.decode(), "right" if right else "wrong")
        return AuthResult(success=right, handled=right, auth_data=data)
    return check


async def serve(options):
    context = None
    if options.cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.cert, options.key)
    handler = Handler(options.dir, bool(options.user) and not options.no_auth)
    arguments = {"hostname": "peer.test", "ident": "peer", "timeout": options.alarm, "loop": asyncio.get_running_loop()}
    if context and not options.tls:
        arguments.update(tls_context=context, require_starttls=True)
    if options.user and not options.no_auth:
        arguments.update(authenticator=make_authenticator(options.user, options.password), auth_required=True,
                         auth_require_tls=bool(context) and not options.tls)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, **arguments), "127.0.0.1", options.port, ssl=context if options.tls else None)
    peer.announce(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    peer.add_arguments(parser)
    parser.add_argument("--dir", required=True, help="folder for mails and log")
    parser.add_argument("--tls", action="store_true", help="TLS from the first byte")
    parser.add_argument("--user", help="demand a log-in")
    parser.add_argument("--password", default="")
    parser.add_argument("--no-auth", action="store_true", help="offer no log-in")
    options = parser.parse_args()
    peer.bind_to_parent(options.alarm)
    os.makedirs(options.dir, exist_ok=True)
    asyncio.run(serve(options))


if __name__ == "__main__":
    main()
