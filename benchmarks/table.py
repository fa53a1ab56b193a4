"""The rows of the result, as plain text and as Markdown (the same text: a Markdown table is readable as it is)."""

import dataclasses
from typing import Optional


@dataclasses.dataclass
class Target:
    limit: float
    at_least: bool = False
    of_value: bool = False  # else of the ratio
    text: str = ""

    def is_met(self, value, ratio):
        measured = value if self.of_value else ratio
        return measured >= self.limit if self.at_least else measured <= self.limit

    def __str__(self):
        return self.text or f"{'≥' if self.at_least else '≤'} {self.limit:g} ×"


@dataclasses.dataclass
class Row:
    what: str
    value: float
    unit: str
    against: str
    base: Optional[float] = None
    target: Optional[Target] = None

    @property
    def cells(self):
        ratio = self.value / self.base if self.base else None
        return [
            self.what,
            f"{figure(self.value)} {self.unit}",
            f"{self.against}: {figure(self.base)} {self.unit}" if self.base else self.against,
            f"{ratio:.2f} ×" if ratio is not None else "",
            str(self.target) if self.target else "",
            "" if self.target is None else "met" if self.target.is_met(self.value, ratio) else "not met",
        ]


def figure(number):
    """Three significant digits, whole numbers from a hundred."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.{1 if abs(number) >= 10 else 2}f}"


HEAD = ["what", "Lambent", "against", "ratio", "target", ""]
RIGHT = {1, 3}


def render(rows):
    lines = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    rule = "|".join(f"{'-' * (width + 1)}{':' if column in RIGHT else '-'}" for column, width in enumerate(widths))
    text = [
        "| " + " | ".join(cell.rjust(width) if column in RIGHT else cell.ljust(width)
                          for column, (cell, width) in enumerate(zip(line, widths))) + " |"
        for line in lines
    ]
    return "\n".join([text[0], f"|{rule}|", *text[1:]])
