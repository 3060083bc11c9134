"""receiver.py FOLDER: a municipality's own system, small: takes POSTs on
127.0.0.1 and keeps each in FOLDER as N.json (headers and body).  Prints its
port.  What it does is said by the file FOLDER/mood: take, refuse, hang up, mute
(takes it and hangs up before it answers)."""
import http.server
import json
import os
import sys

FOLDER = sys.argv[1]


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        with open(os.path.join(FOLDER, "mood"), encoding="utf-8") as f:
            mood = f.read().strip()
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if mood in ("take", "mute"):
            n = len([x for x in os.listdir(FOLDER) if x.endswith(".json")])
            with open(os.path.join(FOLDER, f"{n + 1}.json"), "w",
                      encoding="utf-8") as f:
                json.dump({"path": self.path, "body": body,
                           "key": self.headers["Idempotency-Key"],
                           "type": self.headers["Content-Type"]}, f)
        if mood in ("hang up", "mute"):
            self.close_connection = True
            return
        if mood == "refuse":
            self.answer(403, {"detail": "no"})
        elif self.path.startswith("/signals"):
            self.answer(201, {"id_display": "SIA-7", "signal_id": "x"})
        else:
            self.answer(201, [{"service_request_id": f"M{n + 1}"}])

    def answer(self, status, what):
        text = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
