"""Principal components of raw features: an embedding of the same size, without learning."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["pca_features"]


def pca_features(raw: pd.DataFrame, dim: int = 128) -> pd.DataFrame:
    r"""Principal components of standardised features.

    .. math::
        Z_{ij} = (X_{ij} - \mu_j) / \sigma_j, \qquad Z = U \Sigma V^\top, \qquad
        \text{components} = U_d \Sigma_d

    Labels take no part. A value that is missing is put at the mean of its column; a region
    without any value has no row, and a column without any spread is left out.

    Args:
        raw: Features, NaN where missing, indexed by region id.
        dim: d; fewer columns come back if there are fewer regions or features.

    Returns:
        float32, at most ``dim`` columns, by falling variance.

    Example:
        >>> raw = pd.DataFrame({"x": [0.0, 1.0, np.nan], "y": [0.0, 2.0, 1.0]}, index=list("abc"))
        >>> pca_features(raw, dim=8).shape
        (3, 2)
    """
    from sklearn.decomposition import PCA

    known = raw.dropna(how="all").astype(np.float64)
    deviation = known.std(ddof=0)
    varying = known.columns[deviation > 0]
    scaled = ((known[varying] - known[varying].mean()) / deviation[varying]).fillna(0.0)
    rank = min(dim, *scaled.shape)
    components = PCA(rank, random_state=0).fit_transform(scaled.to_numpy())
    columns = pd.Index([f"pc{number}" for number in range(rank)], name="feature_id")
    index = known.index.rename("region_id")
    return pd.DataFrame(components.astype(np.float32), index=index, columns=columns)
