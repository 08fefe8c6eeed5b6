"""Statements of the hot path, built once.

The ORM compiles every query anew: measured, 0.3 to 0.5 ms each, as much as all the rest of an admission together.
What runs for every request is therefore written by field names here and sent as one prepared text; values are
converted by the model's own fields, so that both databases get what the ORM would have given them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, models


class Columns:
    """Some fields of a model: their column names and the conversion of their values."""

    def __init__(self, model: type[models.Model], names: Sequence[str]) -> None:
        self.model = model
        self.names = tuple(names)

    @cached_property
    def _fields(self) -> list[models.Field]:
        return [self.model._meta.get_field(name) for name in self.names]  # type: ignore[misc]

    @cached_property
    def quoted(self) -> list[str]:
        return [connection.ops.quote_name(str(field.column)) for field in self._fields]

    @property
    def table(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)

    def values(self, row: Sequence[Any]) -> list[Any]:
        """Python values in the order of the names → what the database driver takes."""
        database = connections[DEFAULT_DB_ALIAS]  # the proxy would look it up for every value
        return [
            value if convert is None or value is None else convert(value, database)
            for convert, value in zip(self._converters, row, strict=True)
        ]

    @cached_property
    def _converters(self) -> list[Callable[[Any, Any], Any] | None]:
        return [_to_driver(field) for field in self._fields]


def _to_driver(field: models.Field) -> Callable[[Any, Any], Any] | None:
    """How a field's values are given to the driver; text and numbers as they are."""
    if isinstance(field, models.JSONField):
        return lambda value, database: database.ops.adapt_json_value(value, None)
    if isinstance(field, (models.CharField, models.IntegerField, models.FloatField, models.TextField)):
        return None
    if isinstance(field, models.ForeignKey):
        if not isinstance(field.target_field, models.UUIDField):
            return None
        return lambda value, _database: key(field.related_model, value) if isinstance(value, UUID) else value
    return lambda value, database: field.get_db_prep_save(value, database)


class Insert(Columns):
    """`INSERT INTO model (names)`; the statement is built at first use, when the database is known."""

    @cached_property
    def sql(self) -> str:
        marks = ", ".join(["%s"] * len(self.names))
        return f"INSERT INTO {self.table} ({', '.join(self.quoted)}) VALUES ({marks})"

    def one(self, row: Sequence[Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.values(row))

    def many(self, rows: Iterable[Sequence[Any]]) -> None:
        values = [self.values(row) for row in rows]
        if values:
            with connection.cursor() as cursor:
                cursor.executemany(self.sql, values)

    def instance(self, obj: models.Model) -> None:
        """Insert a model instance; `names` are its attributes."""
        self.one([getattr(obj, name) for name in self.names])
        obj._state.adding = False


class Update(Columns):
    """`UPDATE model SET names … WHERE condition`; `condition` is SQL with its own placeholders."""

    def __init__(self, model: type[models.Model], names: Sequence[str], condition: str) -> None:
        super().__init__(model, names)
        self.condition = condition

    @cached_property
    def sql(self) -> str:
        assignments = ", ".join(f"{column} = %s" for column in self.quoted)
        return f"UPDATE {self.table} SET {assignments} WHERE {self.condition}"

    def run(self, row: Sequence[Any], parameters: Sequence[Any]) -> int:
        """Return how many rows were changed."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [*self.values(row), *parameters])
            return int(cursor.rowcount)


class Returning(Columns):
    """A statement whose rows become model instances with the fields `names`; the rest of the model is not loaded."""

    def __init__(self, model: type[models.Model], names: Sequence[str], statement: str) -> None:
        super().__init__(model, names)
        self.statement = statement

    @cached_property
    def sql(self) -> str:
        return f"{self.statement} RETURNING {', '.join(self.quoted)}"

    @cached_property
    def _readers(self) -> list[tuple[list[Any], Any]]:
        """Per column what the ORM's compiler would look up for every query: its converters and its expression."""
        readers = []
        for field in self._fields:
            column = field.get_col(self.model._meta.db_table)
            readers.append(([*connection.ops.get_db_converters(column), *column.get_db_converters(connection)], column))
        return readers

    @cached_property
    def _attributes(self) -> list[str]:
        return [str(field.attname) for field in self._fields]

    def one(self, parameters: Sequence[Any]) -> Any | None:
        """Run it; the first row as an instance, or None."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            row = cursor.fetchone()
        if row is None:
            return None
        database = connections[DEFAULT_DB_ALIAS]
        values = []
        for value, (converters, column) in zip(row, self._readers, strict=True):
            for convert in converters:
                value = convert(value, column, database)
            values.append(value)
        return self.model.from_db(DEFAULT_DB_ALIAS, self._attributes, values)


def key(model: type[models.Model], value: Any) -> Any:
    """A primary key as the driver takes it (a UUID is text in SQLite)."""
    return model._meta.pk.get_db_prep_value(value, connection)  # type: ignore[union-attr]


def first(sql: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row, or None."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()
