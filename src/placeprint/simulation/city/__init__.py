"""A simulated city with known truth: streets, buildings, places, and how they look."""

from placeprint.simulation.city.city import City, found_city
from placeprint.simulation.city.simulate import simulate_city

__all__ = ["City", "found_city", "simulate_city"]
