from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from placeprint.simulation.city import City
from placeprint.simulation.city.trips import destinations_of, visits_table


def test_destinations_against_a_loop(city: City) -> None:
    places = destinations_of(city.blocks, city.people)
    home = 17
    pull = np.sqrt(city.people.population + city.people.jobs + 40) * np.exp(0.8 * city.blocks.draw)
    weights = {}
    for other in range(400):
        if other != home:
            away = np.linalg.norm(city.blocks.centres[other] - city.blocks.centres[home])
            weights[other] = pull[other] * (1 + away / 400) ** -1.5
    odds = np.diff(places.cumulative.reshape(400, 399)[home], prepend=home)
    assert places.cells[home].tolist() == list(weights)
    assert_allclose(odds, np.array(list(weights.values())) / sum(weights.values()), atol=1e-9)


def test_draw_shows_in_visits_and_other_scores_do_not(city: City) -> None:
    visits = visits_table(city.site, city.blocks, city.people, city.seed)
    plane = city.site.plane
    x, y = plane.flat(visits["lon"].to_numpy(), visits["lat"].to_numpy())
    block = city.blocks.locate(np.stack([x, y], axis=1) * 1000)
    assert (block >= 0).mean() > 0.999
    count = np.bincount(block[block >= 0], minlength=400)
    size = np.log(city.people.population + city.people.jobs + 40)
    design = np.stack([size, *city.blocks.centres.T, np.ones(400)], axis=1)
    rest = np.log(count) - design @ np.linalg.lstsq(design, np.log(count), rcond=None)[0]
    assert np.corrcoef(rest, city.blocks.draw)[0, 1] > 0.85
    assert abs(np.corrcoef(rest, city.blocks.wealth)[0, 1]) < 0.2
    assert abs(np.corrcoef(rest, city.blocks.greenness)[0, 1]) < 0.2


def test_visits_span_four_weeks(city: City) -> None:
    visits = visits_table(city.site, city.blocks, city.people, city.seed)
    weeks = visits["time"].dt.isocalendar()
    assert set(weeks["week"]) == {1, 2, 3, 4}
    assert visits.groupby("user").size().eq(16).all()
