"""The kinds of layers, a family in a file; see :class:`~placeprint.building.layer.LayerSpec`."""
