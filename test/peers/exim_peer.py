#!/usr/bin/python3
"""Exim, a real mail relay, without root and without being installed.

  exim_peer.py --packages DIR                              downloads and unpacks it
  exim_peer.py --packages DIR --dir MAILS --cert C --key K runs it

Takes Debian's packages apart in DIR instead of installing them, since they would drive out the machine's own mail
server, and runs Exim as the present user by the name Exim expects (nss_wrapper).
Prints "port N", where STARTTLS is offered; the port of TLS from the first byte is in MAILS/tls_port.  Log-in relay
and "p w"; mails come as MAILS/box/new/*; exim.conf.in says what is refused.
"""
import argparse
import glob
import os
import re
import socket
import subprocess
import sys
import time

import peer

PACKAGES = ["exim4-daemon-light", "libnss-wrapper"]


def download(folder, packages):
    """Packages into a folder, by apt as anybody may."""
    # With lists of our own where the machine has none: only root could renew those.
    for private in (False, True, True):
        own = ["-o", "Dir::State::lists=%s/lists" % folder, "-o", "Dir::Cache=%s/cache" % folder] if private else []
        if private:
            os.makedirs(os.path.join(folder, "lists/partial"), exist_ok=True)
            os.makedirs(os.path.join(folder, "cache/archives/partial"), exist_ok=True)
            subprocess.run(["apt-get", "-q", *own, "update"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        done = subprocess.run(["apt-get", "-q", *own, "download", *packages], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode == 0:
            return
    sys.exit("cannot download %s:\n%s" % (" ".join(packages), done.stdout))


def missing_libraries(package):
    """The libraries a package depends on that this machine has not: they differ from release to release."""
    depends = subprocess.run(["dpkg-deb", "-f", package, "Depends"], stdout=subprocess.PIPE, text=True, check=True).stdout
    names = re.findall(r"(?:^|, )(lib[a-z0-9.+-]+)", depends)
    return [name for name in names if subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}", name], stdout=subprocess.PIPE,
                                                     stderr=subprocess.DEVNULL, text=True, check=False).stdout != "installed"]


def unpack(folder):
    """The packages and what they need, in a folder."""
    root = os.path.join(folder, "root")
    if os.path.exists(os.path.join(root, "usr/sbin/exim4")):
        return root
    os.makedirs(root, exist_ok=True)
    wanted, known = PACKAGES, set()
    while wanted:
        download(folder, wanted)
        packages = set(glob.glob(os.path.join(folder, "*.deb"))) - known
        for package in sorted(packages):
            subprocess.run(["dpkg-deb", "-x", package, root], check=True)
        known |= packages
        wanted = sorted({name for package in packages for name in missing_libraries(package)} -
                        {os.path.basename(package).split("_")[0] for package in known})
    return root


def libraries(root):
    """The folders of libraries of the unpacked packages."""
    return sorted({os.path.dirname(file) for file in glob.glob(os.path.join(root, "usr/lib/*/*.so*")) + glob.glob(os.path.join(root, "lib/*/*.so*"))})


def free_ports(number):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    peer.add_arguments(parser)
    parser.add_argument("--dir", help="folder for mails, spool and log")
    parser.add_argument("--packages", required=True, help="folder of the packages, filled if it is empty")
    options = parser.parse_args()
    root = unpack(os.path.abspath(options.packages))
    if not options.dir:
        return
    os.makedirs(options.dir, exist_ok=True)
    folder = os.path.abspath(options.dir)
    port, tls_port = free_ports(2)
    exim = os.path.join(root, "usr/sbin/exim4")
    names = {"DIR": folder, "CERT": os.path.abspath(options.cert), "KEY": os.path.abspath(options.key), "PORT": str(port),
             "TLS_PORT": str(tls_port), "EXIM": exim}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "exim.conf.in"), encoding="utf-8") as file:
        text = file.read()
    for name, value in names.items():
        text = text.replace("@%s@" % name, value)
    with open(os.path.join(folder, "exim.conf"), "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(os.path.join(folder, "exim.conf"), 0o644)
    with open(os.path.join(folder, "passwd"), "w", encoding="utf-8") as file:
        file.write("root:x:0:0:root:/:/bin/false\nDebian-exim:x:%d:%d::%s:/bin/false\n" % (os.getuid(), os.getgid(), folder))
    with open(os.path.join(folder, "group"), "w", encoding="utf-8") as file:
        file.write("root:x:0:\nDebian-exim:x:%d:\n" % os.getgid())
    for name in ("spool", "log", "box"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    with open(os.path.join(folder, "tls_port"), "w", encoding="utf-8") as file:
        file.write(str(tls_port))
    environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries(root)), "LD_PRELOAD": glob.glob(os.path.join(root, "usr/lib/*/libnss_wrapper.so"))[0],
                   "NSS_WRAPPER_PASSWD": os.path.join(folder, "passwd"), "NSS_WRAPPER_GROUP": os.path.join(folder, "group")}
    peer.bind_to_parent(options.alarm)
    daemon = subprocess.Popen([exim, "-C", os.path.join(folder, "exim.conf"), "-bdf", "-q1m"], env=environment,
                              preexec_fn=lambda: peer.bind_to_parent(0), stderr=open(os.path.join(folder, "errors"), "w", encoding="utf-8"))
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            if daemon.poll() is not None:
                with open(os.path.join(folder, "errors"), encoding="utf-8") as file:
                    sys.exit("exim ended: " + file.read())
            time.sleep(0.05)
    peer.announce(port)
    sys.exit(daemon.wait())


if __name__ == "__main__":
    main()
