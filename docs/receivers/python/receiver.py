"""A receiver of notifications, to begin one's own with.

It verifies the signature of Standard Webhooks, takes each notification once, and answers before it works on what it got. It needs Python 3.9 or
later and nothing else.

    WEBHOOK_SECRET=whsec_... ADDR=127.0.0.1:9000 python3 docs/receivers/python/receiver.py
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE = 5 * 60  # seconds that a request may be old, or early by another clock: an older one may be somebody's copy
LARGEST = 2 * 1024 * 1024  # bytes of a notification

seen = set()
lock = threading.Lock()


def fault(key, headers, body):
    """Says what is wrong with a request; any of several signatures is enough while a secret is changed."""
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(time.time() - int(stamp)) > TOLERANCE:
        return "the timestamp is missing, too old or too new"
    signed = f"{headers.get('webhook-id')}.{stamp}.".encode() + body
    want = hmac.new(key, signed, hashlib.sha256).digest()
    for part in headers.get("webhook-signature", "").split():
        try:
            claimed = base64.b64decode(part.removeprefix("v1,"), validate=True)
        except (binascii.Error, ValueError):
            continue
        if hmac.compare_digest(claimed, want):
            return ""
    return "no signature is of this request by this secret"


def keep(notification):
    """Tells whether a notification is new.

    A real receiver stores the id and the body in one transaction of its database, answers, and works on it afterwards: what is kept in memory is
    forgotten at a restart.
    """
    with lock:
        known = notification in seen
        seen.add(notification)
        return not known


def show(body):
    """Shows the events of a notification in the platform's format.

    Compare dates before overwriting: after a redelivery an older event of an object can come behind a newer one.
    """
    for e in json.loads(body).get("message", {}).get("events", []):
        line = " ".join([e["eventType"], e["objectType"], e["objectId"], e["date"], e["eventId"]])
        print(line, flush=True)  # in one piece: other threads print, too


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    key = b""

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if self.path != "/events" or not length.isdigit() or int(length) > LARGEST:
            return self.answer(400, "POST /events with a body of at most 2 MiB is what is taken")
        body = self.rfile.read(int(length))
        wrong = fault(self.key, self.headers, body)
        if wrong:
            return self.answer(401, wrong)
        if keep(self.headers["webhook-id"]):
            show(body)
        return self.answer(204, "")

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Receiver.key = base64.b64decode(os.environ.get("WEBHOOK_SECRET", "").removeprefix("whsec_"))
    if not Receiver.key:
        sys.exit("WEBHOOK_SECRET should be the webhookSecret that POST /instances showed, like whsec_...")
    host, port = os.environ["ADDR"].rsplit(":", 1)
    ThreadingHTTPServer((host, int(port)), Receiver).serve_forever()
