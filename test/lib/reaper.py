#!/usr/bin/python3
"""reaper.py CMD...: runs CMD and waits for what it leaves behind as an init would, as long as CMD runs.

In a container PID 1 often waits for nobody: a server that a test killed stays a zombie, kill -0 finds it, and
the next start refuses because "another postmaster" has its data directory.  Ends with CMD's code.
"""
import ctypes
import os
import signal
import sys

PR_SET_CHILD_SUBREAPER = 36

ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
# timeout signals the whole group: CMD ends by it, we by CMD.  A handler, not SIG_IGN, which CMD would inherit.
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda *_: None)
child = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
while True:
    pid, status = os.wait()
    if pid == child:
        break
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
