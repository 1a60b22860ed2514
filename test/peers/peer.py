"""What the peers share: the port on stdout, an end with the parent, an alarm.

A peer prints "port N" when it is ready, ends when the process that started it
ends (also by kill -9) and at the latest after --alarm seconds.
"""
import ctypes
import os
import signal
import sys


def add_arguments(parser):
    parser.add_argument("--port", type=int, default=0, help="0: any free one, printed")
    parser.add_argument("--cert", help="PEM file with certificate and chain")
    parser.add_argument("--key", help="PEM file with the private key")
    parser.add_argument("--alarm", type=int, default=600, help="seconds until it ends by itself")


def bind_to_parent(alarm):
    """Ask the kernel for a signal when the parent dies; look once more for a parent already gone."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    signal.signal(signal.SIGALRM, lambda *_: os._exit(3))
    signal.alarm(alarm)


def announce(port):
    print("port", port, flush=True)
