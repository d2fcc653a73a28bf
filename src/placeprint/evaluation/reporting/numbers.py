"""Numbers as people read them: a true minus sign, and no more digits than they deserve."""

from __future__ import annotations

import math
from typing import Final

from markupsafe import Markup, escape

__all__ = [
    "breakable",
    "count",
    "decimal",
    "difference",
    "interval",
    "p_value",
    "percent",
    "score",
    "spread",
]


_SMALL: Final = 0.01
"""Below this a difference needs a third digit to be told from none."""


def score(value: float, digits: int = 2) -> str:
    """A score such as R²: two decimals, fewer where it is far from what scores should be.

    Example:
        >>> score(0.618), score(-2.314), score(-14.26), score(-12345.6), score(float("nan"))
        ('0.62', '−2.31', '−14.3', '−12,346', 'n/a')
    """
    if not math.isfinite(value):
        return "n/a"
    size = abs(value)
    places = digits if size < 10 else 1 if size < 100 else 0
    text = f"{size:,.{places}f}"
    negative = value < 0 and any(digit in text for digit in "123456789")
    return f"−{text}" if negative else text


def spread(value: float) -> str:
    """A standard deviation behind its sign; nothing where there is none to tell.

    Example:
        >>> spread(0.021), spread(float("nan"))
        ('± 0.02', '')
    """
    return f"± {score(value)}" if math.isfinite(value) else ""


def difference(value: float) -> str:
    """A difference of two scores, with its sign.

    Example:
        >>> difference(0.071), difference(-0.2), difference(0.0021), difference(0.0001)
        ('+0.07', '−0.20', '+0.002', '0.000')
    """
    text = score(value, 3 if abs(value) < _SMALL else 2)
    positive = value > 0 and any(digit in text for digit in "123456789")
    return f"+{text}" if positive else text


def interval(low: float, high: float) -> str:
    """A confidence interval; nothing where there is none.

    Example:
        >>> interval(-0.031, 0.11), interval(0.001, 0.004), interval(float("nan"), float("nan"))
        ('[−0.03, 0.11]', '[0.001, 0.004]', '')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    digits = 3 if high - low < _SMALL else 2
    return f"[{score(low, digits)}, {score(high, digits)}]"


def p_value(p: float) -> str:
    """A p-value, never as 0.

    Example:
        >>> p_value(0.2), p_value(0.0312), p_value(0.0004), p_value(float("nan"))
        ('p = 0.20', 'p = 0.03', 'p < 0.001', '')
    """
    if not math.isfinite(p):
        return ""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.01 else f"p = {p:.2f}"


def decimal(value: float) -> str:
    """Any number, to three significant digits.

    Example:
        >>> decimal(0.012345), decimal(-1234567), decimal(12.0)
        ('0.0123', '−1,230,000', '12')
    """
    if not math.isfinite(value):
        return "n/a"
    if value == 0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    rounded = float(f"{value:.3g}")
    text = f"{abs(rounded):,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"−{text}" if rounded < 0 else text


def breakable(name: str) -> Markup:
    """A name as HTML that may break after its underscores, slashes and plus signs.

    Example:
        >>> breakable("a_b<i>")
        Markup('a_<wbr>b&lt;i&gt;')
    """
    text = str(escape(name))
    for sign in "_/+":
        text = text.replace(sign, f"{sign}\0")
    return Markup(text.replace("\0", "<wbr>"))


def count(value: float) -> str:
    """A whole number with its thousands apart.

    Example:
        >>> count(159060)
        '159,060'
    """
    return f"{round(value):,}"


def percent(share: float) -> str:
    """A share in percent; never 100 % while something is missing, never 0 % of something.

    Example:
        >>> percent(0.6184), percent(0.9996), percent(1.0), percent(0.0004)
        ('62 %', '99.9 %', '100 %', '0.1 %')
    """
    if not math.isfinite(share):
        return "n/a"
    if 0 < share < 0.005:
        return f"{max(0.1, round(share * 100, 1))} %"
    if 0.995 <= share < 1:
        return f"{min(99.9, round(share * 100, 1))} %"
    return f"{share * 100:.0f} %".replace("-", "−")
