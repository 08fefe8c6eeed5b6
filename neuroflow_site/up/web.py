"""The web process: uvicorn on a listening socket that it is given.

    python -m neuroflow_site.up.web DESCRIPTOR

uvicorn's own --fd takes every descriptor for a Unix socket, and would lose the client's address and TCP_NODELAY.
"""

import socket
import sys

import uvicorn


def main() -> None:
    listener = socket.socket(fileno=int(sys.argv[1]))
    config = uvicorn.Config(
        "neuroflow_site.asgi:application",
        access_log=False,  # every request has its trace, and a line each would cost more than many a request
        log_config=None,  # the settings' own
        proxy_headers=False,  # nobody stands between, so nobody may claim another address
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
