"""Second-order LINE: regions embedded by their partners, in closed form or by sampling."""

from __future__ import annotations

from placeprint.mobility.line.factorised import line_factorised
from placeprint.mobility.line.memory import line_memory
from placeprint.mobility.line.sampled import line_sampled

__all__ = ["line_factorised", "line_memory", "line_sampled"]
