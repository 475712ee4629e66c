"""Measured ratios and their bounds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A ratio to the baseline of the same run; either `most` or `least` is its bound."""

    subject: str
    ratio: float
    baseline: str
    most: float | None = None
    least: float | None = None

    @property
    def is_met(self) -> bool:
        """Return whether the ratio is within its bound."""
        is_low_enough = self.most is None or self.ratio <= self.most
        return is_low_enough and (self.least is None or self.ratio >= self.least)

    def __str__(self) -> str:
        """Return the figure as a line of the table."""
        bound = f"<= {self.most:g}" if self.most is not None else f">= {self.least:g}"
        verdict = "ok" if self.is_met else "MISSED"
        return f"{self.subject:<52} {self.ratio:6.2f} x {self.baseline:<32} {bound:>8}  {verdict}"
