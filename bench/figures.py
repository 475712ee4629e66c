"""A measured ratio, and what it must be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One ratio to the floor of the same run; `most` or `least` is what it must keep to."""

    subject: str
    ratio: float
    floor: str
    most: float | None = None
    least: float | None = None

    @property
    def is_met(self) -> bool:
        """Tell whether the ratio is as it must be."""
        is_low_enough = self.most is None or self.ratio <= self.most
        return is_low_enough and (self.least is None or self.ratio >= self.least)

    def __str__(self) -> str:
        """Return the figure as a line of the table."""
        bound = f"<= {self.most:g}" if self.most is not None else f">= {self.least:g}"
        verdict = "ok" if self.is_met else "MISSED"
        return f"{self.subject:<52} {self.ratio:6.2f} x {self.floor:<32} {bound:>8}  {verdict}"
