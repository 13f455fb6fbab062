"""The webhooks that `pupitre payments setup` made: kept in the data folder, where only their owner may read them.

Settings read them when the environment gives none. Several nodes share no folder: there, the environment does.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

NAME = "webhooks.json"


@dataclass(frozen=True)
class KeptWebhook:
    """What a service calls the webhook, and the secret that it signs with, if it tells one."""

    means: str
    mode: str
    id: str
    secret: str = field(default="", repr=False)


def read(folder: Path) -> list[KeptWebhook]:
    """The webhooks kept in this folder, the latest first."""
    file = folder / NAME
    return [KeptWebhook(**kept) for kept in json.loads(file.read_text())] if file.exists() else []


def write(folder: Path, webhooks: list[KeptWebhook]) -> Path:
    """Keep these and no others. The file is whole at any moment, and never readable by anyone else."""
    folder.mkdir(parents=True, exist_ok=True)
    file, unfinished = folder / NAME, folder / f"{NAME}.new"
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        json.dump([asdict(kept) for kept in webhooks], new, indent=2)
        new.flush()
        os.fsync(new.fileno())
    unfinished.replace(file)
    return file
