"""The post office: signs each event as its service does and delivers it to the shop, again and again if need be."""

import json
import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import httpx

from pupitre.sandbox.recipients import USUAL, Recipient, recipient, recipients
from pupitre.sandbox.signatures import signed
from pupitre.sandbox.state import Document, new_id, state

log = logging.getLogger(__name__)

PAUSES = (1, 2, 5, 10, 30, 60)  # seconds before each new try
SHUFFLED_OVER = 1  # second


class PostOffice:
    """One thread looks for what is due; a few others carry it, so that a slow shop does not hold up the rest."""

    def __init__(self) -> None:
        self._carriers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="webhook")
        self._carried: set[Future[None]] = set()
        self._wake = threading.Event()
        self._over = threading.Event()

    def start(self, *, meanwhile: Callable[[], None]) -> None:
        """Open; `meanwhile` is done at each turn."""
        for delivery in state.all("delivery", status="on the way"):  # the process died while carrying it
            state.put("delivery", delivery | {"status": "waiting"})
        self._watcher = threading.Thread(target=self._watch, args=[meanwhile], name="post office", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        self._over.set()
        self._wake.set()
        self._watcher.join(timeout=2)
        self.rest()

    def rest(self) -> None:
        """Wait a moment for those on the way, so that nothing from before a reset arrives after it."""
        wait(list(self._carried), timeout=2)

    # --- what is posted ----------------------------------------------------------------------------------------------

    def post(self, service: str, kind: str, event: Document) -> None:
        """Keep an event and prepare its deliveries. The text is fixed now: a signature covers every byte."""
        switches = state.switches()
        if kind not in USUAL and not any(one.wants(kind) for one in recipients(service)):
            return
        text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        kept = {"id": event["id"], "service": service, "kind": kind, "created": time.time(), "text": text}
        state.put("event", kept)
        for _ in range(int(switches["duplicate"])):
            self.send(kept, switches["webhook_delay"], shuffled=switches["shuffle"])

    def send(self, event: Document, delay: float | str = 0, *, shuffled: bool = False) -> list[Document]:
        """Prepare one delivery of an event to each of those who want to hear of it."""
        wanting = [one for one in recipients(event["service"]) if one.wants(event["kind"])]
        return [self._prepare(event, one, delay, shuffled) for one in wanting]

    def _prepare(self, event: Document, to: Recipient, delay: float | str, shuffled: bool) -> Document:
        held = delay == "never"
        seconds = 0 if held else float(delay) + (random.uniform(0, SHUFFLED_OVER) if shuffled else 0)  # noqa: S311
        delivery = {
            "id": new_id("delivery_", 12),
            "event": event["id"],
            "service": event["service"],
            "recipient": to.name,
            "url": to.url,
            "status": "held" if held else "waiting",
            "due": time.time() + seconds,
            "answers": [],
            "_clock": state.clock(),
        }
        state.put("delivery", delivery)
        self._wake.set()
        return delivery

    # --- what is delivered -------------------------------------------------------------------------------------------

    def _watch(self, meanwhile: Callable[[], None]) -> None:
        while not self._over.is_set():
            self._wake.wait(0.2)
            self._wake.clear()
            meanwhile()
            with state.lock:
                waiting = reversed(state.all("delivery", status="waiting"))
                for delivery in [one for one in waiting if state.is_past(one["due"], one)]:
                    state.put("delivery", delivery | {"status": "on the way"})
                    carried = self._carriers.submit(self._carry, delivery)
                    self._carried.add(carried)
                    carried.add_done_callback(self._carried.discard)

    def _carry(self, delivery: Document) -> None:
        event = state.get("event", delivery["event"])
        to = recipient(delivery["service"], delivery.get("recipient", ""))
        if event is None or to is None:  # forgotten in the meantime
            state.remove("delivery", delivery["id"])
            return
        answer = _send(delivery["url"], event["text"].encode(), delivery["service"], to.secret)
        answers = [*delivery["answers"], answer]
        if 200 <= answer < 300:
            later: Document = {"status": "delivered"}
        elif len(answers) <= len(PAUSES):
            due = time.time() + PAUSES[len(answers) - 1]
            later = {"status": "waiting", "due": due, "_clock": state.clock()}
        else:
            later = {"status": "given up"}
        with state.lock:
            if state.get("delivery", delivery["id"]):
                state.put("delivery", delivery | {"answers": answers} | later)


def _send(url: str, body: bytes, service: str, secret: str) -> int:
    """The status answered, 0 when nobody answered."""
    headers = {"Content-Type": "application/json; charset=utf-8", **signed(service, body, secret)}
    try:
        return httpx.post(url, content=body, headers=headers, timeout=10, trust_env=False).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.debug("Webhook not delivered to %s: %s", url, type(error).__name__)
        return 0


post_office = PostOffice()
