"""The tests run without network: what would leave this machine is refused, here and in everything that Python starts."""

import http.server
import re
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest
import requests

# addresses that are kept for examples and belong to nobody
OUTSIDE = "192.0.2.1"
OUTSIDE_6 = "2001:db8::1"
BLOCKED = "the tests run without network"
REFUSED = re.escape(f"{BLOCKED}: refused {OUTSIDE}")

ATTEMPTS = f"""
import asyncio, socket, urllib.request

def connect():
    socket.create_connection(("{OUTSIDE}", 80), timeout=5)

def connect_ex():
    with socket.socket() as s:
        s.connect_ex(("{OUTSIDE}", 80))

def connect_6():
    with socket.socket(socket.AF_INET6) as s:
        s.connect(("{OUTSIDE_6}", 80))

def datagram():
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.connect(("{OUTSIDE}", 53))

def look_up():
    socket.getaddrinfo("example.org", 443)

def look_up_bytes():
    socket.getaddrinfo(b"example.org", 443)

def open_url():
    urllib.request.urlopen("http://example.org/", timeout=5)

def open_connection():
    asyncio.run(asyncio.open_connection("{OUTSIDE}", 80))

def loopback():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(("localhost", server.getsockname()[1])) as client:
            client.sendall(b"hello")
            print(server.accept()[0].recv(5).decode())

for attempt in (connect, connect_ex, connect_6, datagram, look_up, look_up_bytes, open_url, open_connection):
    try:
        attempt()
        print(attempt.__name__, "went through")
    except OSError as error:
        print(attempt.__name__, "the tests run without network" in str(error))
loopback()
"""
ALL_REFUSED = "".join(
    f"{name} True\n"
    for name in (
        "connect",
        "connect_ex",
        "connect_6",
        "datagram",
        "look_up",
        "look_up_bytes",
        "open_url",
        "open_connection",
    )
)


def test_connections_are_refused_in_this_process():
    with socket.socket() as s:
        for connect in (s.connect, s.connect_ex):
            with pytest.raises(ConnectionRefusedError, match=REFUSED):
                connect((OUTSIDE, 443))
    with socket.socket(socket.AF_INET6) as s, pytest.raises(ConnectionRefusedError, match="2001:db8::1"):
        s.connect((OUTSIDE_6, 443))
    with pytest.raises(OSError, match=BLOCKED):
        socket.create_connection((OUTSIDE, 80), timeout=5)


@pytest.mark.parametrize("host", ["example.org", b"example.org"])
def test_names_are_not_looked_up_in_this_process(host):
    with pytest.raises(socket.gaierror, match=f"{BLOCKED}: did not look up"):
        socket.getaddrinfo(host, 443)


@pytest.mark.parametrize("url", ["https://example.org/", f"http://{OUTSIDE}/"])
def test_libraries_meet_the_refusal_too(url):
    with pytest.raises(requests.ConnectionError, match=BLOCKED):
        requests.get(url, timeout=5)
    with pytest.raises(urllib.error.URLError, match=BLOCKED):
        urllib.request.urlopen(url, timeout=5)


@pytest.mark.parametrize("way", ["module", "command", "shell", "grandchild"])
def test_a_python_that_is_started_is_blocked_too(tmp_path, way):
    script = tmp_path / "attempts.py"
    script.write_text(ATTEMPTS)
    command = {
        "command": [sys.executable, "-c", ATTEMPTS],
        "module": [sys.executable, "-m", "attempts"],
        "shell": ["sh", "-c", f'exec "{sys.executable}" "{script}"'],
        "grandchild": [
            sys.executable,
            "-c",
            f"import subprocess, sys; subprocess.run([sys.executable, {str(script)!r}], check=True)",
        ],
    }[way]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"{ALL_REFUSED}hello\n"
    assert done.stderr == ""


def test_the_kernel_of_a_notebook_is_blocked_too(tmp_path):
    """The kernel is started as Jupyter starts one: the interpreter, with the surroundings of this process."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(cwd=str(tmp_path))
    printed = []
    try:
        reply = client.execute_interactive(
            # a kernel's own event loop is running, so that a cell starts none
            ATTEMPTS.replace(", open_connection)", ")"),
            timeout=60,
            output_hook=lambda message: printed.append(message["content"].get("text", "")),
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert reply["content"]["status"] == "ok"
    assert "".join(printed) == ALL_REFUSED.replace("open_connection True\n", "") + "hello\n"


def test_this_machine_can_be_reached():
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.handle_request, daemon=True).start()
    server.RequestHandlerClass.log_message = lambda *args: None
    try:
        assert requests.get(f"http://localhost:{server.server_port}/", timeout=5).status_code == 200
    finally:
        server.server_close()
    assert socket.getaddrinfo("127.0.0.1", 80)
    assert socket.getaddrinfo(None, 80)
    assert socket.getaddrinfo(socket.gethostname(), 80)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")
def test_sockets_in_a_file_are_no_network(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of such a socket must be short
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("s")
        server.listen()
        client.connect("s")
