"""How the command line speaks: progress bars on standard error, answers on standard output, one line per error."""

from __future__ import annotations

import json
import sys
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table

out = Console()
err = Console(stderr=True)


class BarProgress:
    """Draws one bar per stage; a context manager. ``quiet`` draws nothing.

    Where standard error is no terminal the bars appear once, at the end, and not at all after an error: its one line is
    all that a program or a log gets.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        remaining: list[ProgressColumn] = [TimeRemainingColumn()] if err.is_terminal else []
        self._bars = Bars(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            *remaining,
            console=err,
            disable=quiet,
        )
        self._current: TaskID | None = None

    def __enter__(self) -> BarProgress:
        if err.is_terminal:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        if err.is_terminal:
            self._bars.stop()
        elif kind is None and self._bars.tasks and not self._quiet:
            err.print(self._bars.get_renderable())

    def stage(self, name: str, total: float | None = None) -> None:
        """Finish the running stage and begin the next."""
        self._finish()
        self._current = self._bars.add_task(name, total=total)

    def advance(self, amount: float = 1) -> None:
        """Move the bar of the running stage."""
        if self._current is not None:
            self._bars.advance(self._current, amount)

    def _finish(self) -> None:
        if self._current is None:
            return
        task = self._bars.tasks[self._bars.task_ids.index(self._current)]
        total = task.total if task.total else max(task.completed, 1)
        self._bars.update(self._current, total=total, completed=total)
        self._current = None


def print_json(answer: Any) -> None:
    """Write an answer for programs: one JSON document on standard output."""
    json.dump(answer, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def print_table(title: str, columns: list[str], rows: list[list[Any]]) -> None:
    """Write a table for people; numbers to the right."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for at, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[at], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(f"{value:.4f}" if isinstance(value, float) else escape(str(value)) for value in row))
    out.print(table)


def say(line: str) -> None:
    """Write one line for people on standard output."""
    out.print(line, highlight=False, soft_wrap=True)
