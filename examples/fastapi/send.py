"""The load: texts of random length, in characters, up to twice the limit; and what was answered.

Each request has a connection of its own, as with curl. Characters are shuffled, never bytes: what is sent is valid UTF-8 in any language.
"""

import http.client
import json
import random
import threading
import time

TEXTS = {
    "English": "This is a random text. ",
    "French": "ceci est un texte aléatoire. ",
    "German": "Dies ist ein Zufallstext.",
}

# How long a text may be, and in which field it is sent. Those above the limit are rejected: half of them, with "mixed".
MIXES = {
    "mixed": lambda limit: ((0, 2 * limit), "text"),
    "valid": lambda limit: ((0, limit), "text"),
    "rejected": lambda limit: ((limit + 1, 2 * limit), "text"),
    # No longer than the valid ones, and rejected all the same.
    "misnamed": lambda limit: ((0, limit), "txet"),
}


class Texts:
    """Slices of one long shuffled text: shuffling for each request would cost the sender more than the service has to do."""

    def __init__(self, text, limit, mix, chance):
        characters = list(text * (4 * limit // len(text) + 1))
        chance.shuffle(characters)
        self.long, self.chance = "".join(characters), chance
        self.lengths, self.field = MIXES[mix](limit)

    def next(self):
        length = self.chance.randint(*self.lengths)
        at = self.chance.randrange(len(self.long) - length)
        return {self.field: self.long[at : at + length]}


def request(port, body):
    """The status, or "error"."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/doc_length", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return str(answer.status)
    except (OSError, http.client.HTTPException):
        return "error"
    finally:
        connection.close()


def send(port, text, limit, mix, rate, seconds, seed, senders=4):
    """Sends for so many seconds at that rate, from several threads. Returns how often each status came."""
    counts, lock = {}, threading.Lock()
    began = time.monotonic()

    def sender(number):
        texts = Texts(text, limit, mix, random.Random(f"{seed} {number}"))
        due = number / rate
        while due < seconds:
            body = json.dumps(texts.next(), ensure_ascii=False).encode()
            time.sleep(max(0, began + due - time.monotonic()))
            # A service that is slower than the rate gets fewer requests, and not all of them at the end.
            due = max(due + senders / rate, time.monotonic() - began)
            status = request(port, body)
            with lock:
                counts[status] = counts.get(status, 0) + 1

    threads = [threading.Thread(target=sender, args=(number,)) for number in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(max(0, began + seconds - time.monotonic()))
    return counts
