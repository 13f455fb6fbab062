"""Everything the two services remember: documents of several kinds, in a small file of their own or in memory."""

import json
import secrets
import sqlite3
import string
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from pupitre.sandbox.switches import SWITCHES, Document


class State:
    """Documents by kind and id. Hold `lock` while reading a document in order to change it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.calls: deque[Document] = deque(maxlen=400)

    def open(self, path: str) -> None:
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS documents (kind TEXT, id TEXT, body TEXT, PRIMARY KEY (kind, id))"
        )
        # Calls that were running when the process died will never be answered: their keys are free again.
        self._file.execute(
            "DELETE FROM documents WHERE kind IN ('stripe_key', 'paypal_key') AND json_extract(body, '$.body') IS NULL"
        )

    def close(self) -> None:
        with self.lock:
            self._file.close()

    def find(self, name: str) -> Document | None:
        """The document of any kind that bears this name."""
        with self.lock:
            row = self._file.execute("SELECT body FROM documents WHERE id = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def get(self, kind: str, name: str) -> Document | None:
        with self.lock:
            row = self._file.execute("SELECT body FROM documents WHERE kind = ? AND id = ?", (kind, name)).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, kind: str, document: Document) -> Document:
        with self.lock:
            self._file.execute(
                "INSERT INTO documents VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                (kind, document["id"], json.dumps(document)),
            )
        return document

    def remove(self, kind: str, name: str) -> None:
        with self.lock:
            self._file.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, name))

    def all(self, kind: str, /, **equal: Any) -> list[Document]:
        """Documents of a kind, newest first, whose fields equal these values."""
        wanted = "".join(f" AND json_extract(body, '$.{field}') = ?" for field in equal)
        query = f"SELECT body FROM documents WHERE kind = ?{wanted} ORDER BY rowid DESC"  # noqa: S608
        with self.lock:
            rows = self._file.execute(query, (kind, *equal.values())).fetchall()
        return [json.loads(row[0]) for row in rows]

    def reset(self) -> None:
        """Forget all but the key that signs PayPal's webhooks: the shop may keep its certificate."""
        with self.lock:
            self._file.execute("DELETE FROM documents WHERE kind <> 'certificate'")
            self.calls.clear()

    # --- the switches of the console ---------------------------------------------------------------------------------

    def switches(self) -> Document:
        return SWITCHES | (self.get("settings", "switches") or {})

    def switch(self, changes: Document) -> Document:
        with self.lock:
            return self.put("settings", self.switches() | changes | {"id": "switches"})

    def spend(self, name: str) -> bool:
        """Whether a fault must happen now. A number counts down; True lasts until it is switched off."""
        with self.lock:
            left = self.switches()[name]
            if left is not True and left:
                self.switch({name: left - 1})
            return bool(left)

    # --- the clock that demonstrations push forward ------------------------------------------------------------------

    def clock(self) -> float:
        """How many seconds the clock was pushed forward. Each document keeps the reading at its birth, as `_clock`."""
        return (self.get("settings", "clock") or {"seconds": 0})["seconds"]

    def now(self) -> float:
        """What the services' own clock shows."""
        return time.time() + self.clock()

    def push_clock(self, seconds: float) -> None:
        with self.lock:
            self.put("settings", {"id": "clock", "seconds": self.clock() + seconds})

    def is_past(self, moment: float, document: Document) -> bool:
        """Whether a moment in the life of a document is over.

        Pushing the clock ages what exists already; what the shop makes afterwards is dated by its own clock.
        """
        return self.now() - document.get("_clock", 0) >= moment


def new_id(prefix: str, length: int = 24) -> str:
    alphabet = string.ascii_letters + string.digits
    return prefix + "".join(secrets.choice(alphabet) for _ in range(length))


state = State()
