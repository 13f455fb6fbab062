"""Databases made anew in a few milliseconds: each death begins with the same one."""

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql


class SQLiteStages:
    """Two files beside that of the tests: the one that is kept, and a copy of it to play on."""

    def __init__(self, source: str) -> None:
        self.kept, self.stage = f"{source}.kept", f"{source}.stage"
        self._copy(source, self.kept)

    def keep(self) -> None:
        """Remember the database as it is now: this one is left alone from now on."""

    def again(self) -> str:
        """A database as it was kept."""
        self._copy(self.kept, self.stage)
        return self.stage

    def clear(self) -> None:
        self._remove(self.kept)
        self._remove(self.stage)

    def _copy(self, source: str, copied: str) -> None:
        self._remove(copied)
        with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(copied)) as new:
            old.backup(new)

    def _remove(self, name: str) -> None:
        for file in (name, f"{name}-wal", f"{name}-shm"):
            Path(file).unlink(missing_ok=True)


class PostgreSQLStages:
    """One database copied from that of the tests. Its rows are kept in a schema, and put back: tables are few and
    small, and a database has a thousand files."""

    def __init__(self, source: str, address: dict[str, Any]) -> None:
        self.kept = f"{source}_stage"
        given = {name: address[name.upper()] for name in ("host", "port", "user", "password")}
        self.where = {name: value for name, value in given.items() if value}
        self.clear()
        self._do(
            "postgres", sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (self.kept, source)))
        )

    def keep(self) -> None:
        with self._connected(self.kept) as server:
            found = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            self.tables = [sql.Identifier(name) for (name,) in found]
            server.execute("CREATE SCHEMA kept")
            for table in self.tables:
                server.execute(sql.SQL("CREATE TABLE kept.{0} AS TABLE public.{0}").format(table))

    def again(self) -> str:
        # As a replica: rows are put back in any order, whatever their foreign keys and triggers say meanwhile.
        deeds = [
            sql.SQL("SET session_replication_role = replica"),
            *(sql.SQL("DELETE FROM public.{}").format(table) for table in self.tables),
            *(sql.SQL("INSERT INTO public.{0} SELECT * FROM kept.{0}").format(table) for table in self.tables),
        ]
        self._do(self.kept, sql.SQL("; ").join(deeds))
        return self.kept

    def clear(self) -> None:
        self._do("postgres", sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.kept)))

    def _do(self, database: str, deed: sql.Composable) -> None:
        with self._connected(database) as server:
            server.execute(deed)

    def _connected(self, database: str) -> psycopg.Connection:
        return psycopg.connect(dbname=database, autocommit=True, **self.where)
