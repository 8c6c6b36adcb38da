"""Takes the webhooks of a running installation and verifies each message by the official library.

    verify_webhooks.py BASE AGENT_TOKEN ADMIN_TOKEN

One receiver knows the secret of before a change, the other takes the new one as soon as it was shown: neither refuses a
message that was signed since. A message that is altered, another's or old is refused by both.
"""

import http.server
import json
import sys
import threading
import time
import urllib.request

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

BASE, AGENT, ADMIN = sys.argv[1:]
MESSAGES = 120
taken = []


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        taken.append((time.time(), dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def call(method, path, token, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(BASE + path, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def is_verified(secret, headers, body):
    try:
        Webhook(secret).verify(body, headers)
        return True
    except WebhookVerificationError:
        return False


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/in"
    made = call("POST", "/api/v1/webhooks", ADMIN, {"url": url, "events": ["*"]})
    path = f"/api/v1/webhooks/{made['id']}"
    old = made["secret"]
    opened = {
        "contact": "maude.arsenault@kervinel.example",
        "channel": "email",
        "subject": "Message vérifié",
        "body": "Rien ne sort.",
    }
    fresh = shown_at = None
    for message in range(MESSAGES):
        if message % 40 == 0:
            call("POST", "/api/v1/tickets", AGENT, opened)
        if message == MESSAGES // 2:
            fresh = call("POST", path + "/rotate-secret", ADMIN)["secret"]
            shown_at = time.time()
            # What is signed from here on is taken by who knows the new one.
            time.sleep(1.5)
        call("POST", path + "/test", ADMIN)
    end = time.time() + 60
    tests = 0
    while tests < MESSAGES and time.time() < end:
        time.sleep(0.2)
        tests = sum(json.loads(body)["type"] == "webhook.test" for _, _, body in list(taken))
    call("DELETE", path, ADMIN)

    wrong = []
    if tests != MESSAGES:
        wrong.append(f"{tests} of {MESSAGES} trials came")
    if len(taken) == tests:
        wrong.append("nothing was told of the requests that were opened")
    ids = [headers["webhook-id"] for _, headers, _ in taken]
    if len(set(ids)) != len(ids):
        wrong.append("an id came twice")
    places = {}
    for at, headers, body in taken:
        if not is_verified(old, headers, body):
            wrong.append(f"refused by who knows the old secret: {headers}")
        # A second is given to what was signed when the secret changed.
        if at > shown_at + 1 and not is_verified(fresh, headers, body):
            wrong.append(f"refused by who knows the new secret: {headers}")
        data = json.loads(body)["data"]
        if "number" in data:
            places.setdefault(data["number"], []).append(data["sequence"])
    if not any(at > shown_at + 1 for at, _, _ in taken):
        wrong.append("nothing came after the secret was changed")
    for number, found in places.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            wrong.append(f"{number}: {sorted(found)}")
    _, headers, body = taken[-1]
    stranger = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    for what, changed, text in [
        ("an altered body", headers, body.replace(b"}", b" }", 1)),
        ("another id", {**headers, "webhook-id": "msg_other"}, body),
        ("an old message", {**headers, "webhook-timestamp": str(int(time.time()) - 600)}, body),
        ("no signature", {**headers, "webhook-signature": "v1,"}, body),
    ]:
        if is_verified(fresh, changed, text):
            wrong.append(f"{what} is believed")
    try:
        stranger.verify(body, headers)
        wrong.append("another's secret is as good")
    except WebhookVerificationError:
        pass
    print(f"{len(taken)} messages")
    print("\n".join(wrong[:20]))
    sys.exit(1 if wrong else 0)


main()
