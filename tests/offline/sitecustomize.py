"""Refuse every connection that would leave this machine, in this process and in every Python it starts."""

import ipaddress
import socket

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_sendto = socket.socket.sendto


def _local(host) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


def _guard(sock: socket.socket, address) -> None:
    inet = sock.family in (socket.AF_INET, socket.AF_INET6)
    if inet and not _local(address[0]):
        raise ConnectionRefusedError(f"the tests run without network: refused {address[0]}")


def _guarded_connect(self, address):
    _guard(self, address)
    return _connect(self, address)


def _guarded_connect_ex(self, address):
    _guard(self, address)
    return _connect_ex(self, address)


def _guarded_sendto(self, *args):
    _guard(self, args[-1])
    return _sendto(self, *args)


def _guarded_lookup(look_up):
    def guarded(host, *args, **kwargs):
        if not _local(host) and host not in (socket.gethostname(), "0.0.0.0", "::"):
            raise socket.gaierror(socket.EAI_NONAME, f"the tests run without network: did not look up {host}")
        return look_up(host, *args, **kwargs)

    return guarded


def block_network() -> None:
    socket.socket.connect = _guarded_connect
    socket.socket.connect_ex = _guarded_connect_ex
    socket.socket.sendto = _guarded_sendto
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        setattr(socket, name, _guarded_lookup(getattr(socket, name)))


block_network()
