"""What the code of an answer may use while it is judged: memory, time, files, processes, the network, and what it sees.

The numbers are the system's own limits, which no Python code lifts. On Linux, where an ordinary user may make namespaces,
the system also closes the network, other processes, the course's answers and every file for writing; elsewhere only Python
refuses connections.
"""

import contextlib
import ctypes
import fcntl
import ipaddress
import os
import resource
import socket
import struct
import sys
from pathlib import Path
from typing import Any

NEW_FILES, NEW_TALK, NEW_USER, NEW_PROCESSES, NEW_NETWORK = (
    0x00020000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
BIND, RECURSIVE, PRIVATE, READ_ONLY = 0x1000, 0x4000, 0x40000, 0x1
SET_ATTRIBUTES, BELOW = 442, 0x8000
DUMPABLE, SUBREAPER = 4, 36
FILE_BYTES = 100_000_000


def limit(megabytes: int, seconds: int) -> None:
    """Bound memory, CPU time, files and, for all who are not root, processes of this process and its children.

    Memory is counted from here: torch has reserved a lot of addresses already, of which it uses little.
    """
    used = 0
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        used = pages * resource.getpagesize()
    bounds = {
        resource.RLIMIT_AS: used + megabytes * 1_000_000,
        resource.RLIMIT_CPU: seconds + 5,
        resource.RLIMIT_FSIZE: FILE_BYTES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_NPROC: _threads_of_mine() + 64,
    }
    for name, bound in bounds.items():
        hard = resource.getrlimit(name)[1]
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(name, (bound, bound))


def _threads_of_mine() -> int:
    """Threads of this user, which the system counts as processes."""
    count = 0
    for tasks in Path("/proc").glob("[0-9]*/task"):
        with contextlib.suppress(OSError):
            if tasks.stat().st_uid == os.getuid():
                count += len(os.listdir(tasks))
    return count or 1000


def refuse_connections() -> None:
    """Let Python refuse to connect to another machine. Code that calls the system itself is not stopped by this."""

    def guarded(method: Any) -> Any:
        def call(sock: socket.socket, *args: Any) -> Any:
            if sock.family in (socket.AF_INET, socket.AF_INET6) and not _here(args[-1]):
                raise ConnectionRefusedError("there is no network while an answer is judged")
            return method(sock, *args)

        return call

    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, guarded(getattr(socket.socket, name)))


def _here(address: Any) -> bool:
    host = address[0] if isinstance(address, tuple) and address else ""
    try:
        return host in ("", "localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def process_control(option: int, value: int) -> None:
    """Set an option of this process where it runs on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def enclose(hidden: list[str], home: str) -> bool:
    """Go on, as a new process, without network, without other processes, and with no file to write but in `home`.

    hidden: folders in whose place there are empty ones.
    False where the system does not allow all of it. The process that called waits for the new one and ends with it.
    """
    if sys.platform != "linux":
        return False
    libc, user = ctypes.CDLL(None, use_errno=True), (os.getuid(), os.getgid())
    if libc.unshare(NEW_USER | NEW_FILES | NEW_NETWORK | NEW_PROCESSES | NEW_TALK) != 0:
        return False
    _be(*user)
    closed = _close_files(libc, hidden, os.fsencode(home))
    _loopback()
    if child := os.fork():
        os.waitpid(child, 0)
        os._exit(0)
    # once more: what was mounted belongs to the user before, so that this one cannot take it off again
    done = libc.unshare(NEW_USER) == 0
    _be(*user)
    os.chdir(home)
    return done and closed


def _close_files(libc: Any, hidden: list[str], home: bytes) -> bool:
    """In this process's own view of the files: empty folders for the hidden ones, and everything but `home` read-only."""

    def set_read_only(path: bytes, on: bool) -> int:
        # mount_setattr(2): what to set, what to clear
        change = struct.pack("4Q", READ_ONLY * on, READ_ONLY * (not on), 0, 0)
        return libc.syscall(SET_ATTRIBUTES, -100, path, BELOW * on, change, len(change))

    done = [
        libc.mount(None, b"/", None, RECURSIVE | PRIVATE, None),
        *(libc.mount(b"none", os.fsencode(path), b"tmpfs", 0, b"size=4k") for path in hidden),
        libc.mount(home, home, None, BIND, None),
        set_read_only(b"/", True),
        set_read_only(home, False),
        # where a process names itself
        set_read_only(b"/proc", False),
    ]
    # locks between the processes of one answer
    libc.mount(b"none", b"/dev/shm", b"tmpfs", 0, b"size=64m")
    return not any(done)


def _be(user: int, group: int) -> None:
    """Keep the numbers of user and group in a new namespace."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with contextlib.suppress(OSError):
            Path(f"/proc/self/{name}").write_text(text, encoding="ascii")


def _loopback() -> None:
    """Let a new network reach itself, at 127.0.0.1."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, 0x8914, struct.pack("16sh", b"lo", 1))
