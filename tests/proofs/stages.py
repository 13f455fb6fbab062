"""Databases that are copied whole, in a few milliseconds: each death has one of its own."""

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql


class SQLiteStages:
    """Files beside the first one."""

    def __init__(self, source: str) -> None:
        self.source = source

    def copy(self, source: str, name: str) -> str:
        copied = f"{self.source}.{name}"
        self.remove(copied)
        with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(copied)) as new:
            old.backup(new)
        return copied

    def remove(self, name: str) -> None:
        for file in (name, f"{name}-wal", f"{name}-shm"):
            Path(file).unlink(missing_ok=True)


class PostgreSQLStages:
    """Databases made from another one, of the same server."""

    def __init__(self, source: str, address: dict[str, Any]) -> None:
        self.source, self.address = source, address

    def copy(self, source: str, name: str) -> str:
        copied = f"{self.source}_{name}"
        self.remove(copied)
        self._do("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", copied, source)
        return copied

    def remove(self, name: str) -> None:
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _do(self, statement: str, *names: str) -> None:
        where = {name: self.address[name.upper()] for name in ("host", "port", "user", "password")}
        with psycopg.connect(dbname="postgres", autocommit=True, **{k: v for k, v in where.items() if v}) as server:
            server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
