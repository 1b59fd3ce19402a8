"""On PYTHONPATH: no program of Python, nor one that it starts, reaches another computer, as in a hall offline."""

import sys

LOCAL = ("127.", "localhost", "::1", "0.0.0.0")


def refuse(event: str, arguments: tuple) -> None:
    """An audit hook: OSError for what would leave this computer; sockets that are files have no host."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host and not host.startswith(LOCAL):
        raise OSError(f"{host} is not to be reached: the rehearsal is offline")


sys.addaudithook(refuse)
