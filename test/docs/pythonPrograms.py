"""Runs the Python programs of the pages, each in a copy of this process, which has loaded what Python takes longest to load.

A call comes by HTTP over a Unix socket (the argument): the environment and the program, each text ended by a NUL, with
one more NUL between them. The answer is what the program wrote, to either stream.
"""

import asyncio  # noqa: F401
import glob
import http.client  # noqa: F401
import os
import runpy
import socketserver
import ssl  # noqa: F401
import sys
import traceback
from http.server import BaseHTTPRequestHandler


def run(environment, program):
    """Becomes the program, and ends with it."""
    os.environ.clear()
    os.environ.update(environment)
    installed = glob.glob(os.environ.get("VIRTUAL_ENV", "/nonexistent") + "/lib/python3*/site-packages")
    sys.path[:] = [os.path.dirname(os.path.abspath(program)), *sys.path[1:], *installed]
    sys.argv = [program]
    status = 0
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        sent = self.rfile.read(int(self.headers["content-length"])).decode()
        variables, _, program = sent.rstrip("\0").rpartition("\0\0")
        environment = dict(variable.split("=", 1) for variable in variables.split("\0"))
        output, written = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(written, 1)
            os.dup2(written, 2)
            os.close(output)
            os.close(written)
            run(environment, program)
        os.close(written)
        with open(output, "rb") as stream:
            answer = stream.read()
        os.waitpid(child, 0)
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Server(socketserver.UnixStreamServer):
    def get_request(self):
        connection, _ = super().get_request()
        return connection, ("shell", 0)


with Server(sys.argv[1], Handler) as server:
    print("listening", flush=True)
    server.serve_forever()
