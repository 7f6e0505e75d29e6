"""The words and tables of a report around its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from api.report.charts import Chart
from gnn.comparison import Row, Table
from gnn.intervals import Difference
from graph.errors import InvalidRequestError

LESS_IS_BETTER = frozenset({"gini", "calibration", "trainSeconds", "peakMemoryGb"})
STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;font-size:13px;display:block;overflow-x:auto}
th,td{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left}figure{margin:2rem 0}figcaption{color:#555}
svg{max-width:100%;height:auto}"""

Cells = list[list[str]]


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says.

    Attributes:
        title: data set, split and part.
        facts: sentences on what was measured.
        table: the models.
        charts: the pictures.
    """

    title: str
    facts: Sequence[str]
    table: Table
    charts: Sequence[Chart]


def check(path: Path) -> None:
    """Tell before the long part whether a report can be written there.

    Raises:
        InvalidRequestError: another ending than ``.md`` or ``.html``.
    """
    if path.suffix not in (".md", ".html"):
        raise InvalidRequestError(
            f"a report is Markdown or HTML, not {path.name!r}: name a file ending in .md or .html"
        )


def write(report: Report, path: Path) -> None:
    """Write the report; the pictures of a Markdown file lie beside it, those of HTML within.

    Raises:
        InvalidRequestError: another ending than ``.md`` or ``.html``.
    """
    check(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".html":
        path.write_text(_html(report), encoding="utf-8")
        return
    for chart in report.charts:
        _picture(path, chart).write_text(chart.svg, encoding="utf-8")
    path.write_text(_markdown(report, path), encoding="utf-8")


def _picture(path: Path, chart: Chart) -> Path:
    return path.with_name(f"{path.stem}-{chart.name}.svg")


def metrics(table: Table) -> list[str]:
    """The metrics that any model has, in the order of the first that has them."""
    return list(dict.fromkeys(metric for row in table.rows.values() for metric in row.mean))


def quality_cells(table: Table) -> Cells:
    """A row per model, its metrics with their deviation; the best of a column between asterisks."""
    columns = metrics(table)
    best = {metric: _best(table, metric) for metric in columns}
    body = [[name, *(_cell(row, metric, best[metric]) for metric in columns)] for name, row in table.rows.items()]
    return [["model", *columns], *body]


def _best(table: Table, metric: str) -> float:
    values = [row.mean[metric] for row in table.rows.values() if metric in row.mean]
    return min(values) if metric.split("@")[0] in LESS_IS_BETTER else max(values)


def _cell(row: Row, metric: str, best: float) -> str:
    if metric not in row.mean:
        return ""
    digits = 1 if metric == "trainSeconds" else 4
    text = f"{row.mean[metric]:.{digits}f}"
    if row.deviation.get(metric):
        text += f" ± {row.deviation[metric]:.{digits}f}"
    return f"**{text}**" if row.mean[metric] == best and metric != "trainSeconds" else text


def difference_cells(table: Table) -> Cells:
    """A row per model compared: the difference of each metric with its interval, and whether that leaves out zero."""
    compared = {name: row.differences for name, row in table.rows.items() if row.differences}
    columns = list(next(iter(compared.values()), {}))
    body = [[name, *(_interval(found[metric]) for metric in columns)] for name, found in compared.items()]
    return [["model", *columns], *body]


def _interval(found: Difference) -> str:
    return f"{found.mean:+.4f} [{found.low:+.4f}, {found.high:+.4f}]{'' if found.sure else ' ~'}"


def _against(table: Table) -> str:
    return (
        f"Each model minus {table.against}, with the paired bootstrap interval of 95 % over users; "
        "~ marks intervals with zero in them."
    )


def _markdown(report: Report, path: Path) -> str:
    parts = [f"# {report.title}", "\n".join(report.facts), _markdown_table(quality_cells(report.table))]
    if len(report.table.rows) > 1:
        parts += ["## Differences", _against(report.table), _markdown_table(difference_cells(report.table))]
    for chart in report.charts:
        parts += [f"## {chart.title}", chart.note, f"![{chart.title}]({_picture(path, chart).name})"]
    return "\n\n".join(parts) + "\n"


def _markdown_table(cells: Cells) -> str:
    head, *body = cells
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *body))


def _html(report: Report) -> str:
    title = escape(report.title)
    facts = "".join(f"<p>{escape(fact)}</p>" for fact in report.facts)
    parts = [f"<h1>{title}</h1>", facts, _html_table(quality_cells(report.table))]
    if len(report.table.rows) > 1:
        parts += ["<h2>Differences</h2>", f"<p>{escape(_against(report.table))}</p>"]
        parts.append(_html_table(difference_cells(report.table)))
    for chart in report.charts:
        heading = f"<h2>{escape(chart.title)}</h2>"
        parts.append(f"{heading}<figure>{chart.svg}<figcaption>{escape(chart.note)}</figcaption></figure>")
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n' + "\n".join(parts) + "\n</body></html>\n"


def _html_table(cells: Cells) -> str:
    head, *body = cells
    first = "<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"
    rows = ("<tr>" + "".join(f"<td>{_html_cell(cell)}</td>" for cell in row) + "</tr>" for row in body)
    return "<table>" + first + "".join(rows) + "</table>"


def _html_cell(cell: str) -> str:
    bold = cell.startswith("**")
    text = escape(cell.strip("*"))
    return f"<b>{text}</b>" if bold else text
