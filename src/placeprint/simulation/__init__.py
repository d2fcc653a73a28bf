"""A simulated country with known truth: land, towns, people, trips, and the raw files they leave.

Some of its latent fields show in mobility alone, so that a model that claims to learn from
mobility can be put to the test. :func:`simulate` writes the files; :func:`found` gives the truth
behind them in memory. :func:`simulate_city` writes the country's capital street by street, with
buildings, pictures from above and from the street, and who goes where.
"""

from placeprint.simulation.city import simulate_city
from placeprint.simulation.country import Country, found
from placeprint.simulation.simulate import simulate

__all__ = ["Country", "found", "simulate", "simulate_city"]
