"""Groups of devices by their codes: k-means, and what happens to empty and tiny groups."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.float64]


def cluster(codes: Codes, groups: int, seed: int) -> Codes:
    """Centroids float64 [groups, k] of codes float64 [d, k]; repeated ones where there are fewer distinct codes."""
    from sklearn.cluster import KMeans

    distinct = np.unique(codes, axis=0)
    if len(distinct) <= groups:
        return distinct[np.arange(groups) % len(distinct)]
    fitted = KMeans(n_clusters=groups, n_init=8, random_state=seed).fit(codes)
    return np.asarray(fitted.cluster_centers_, np.float64)


def members(codes: Codes, centroids: Codes, minimum: int) -> npt.NDArray[np.bool_]:
    """Which devices belong to which group, bool [groups, d].

    A device belongs to the nearest centroid. A group with fewer than `minimum` devices (an empty one too) takes those
    nearest to its centroid besides, without taking them from their own group: a prototype needs data, and a device may
    teach two.
    """
    distance = ((codes[None] - centroids[:, None]) ** 2).sum(-1)
    belongs = distance.argmin(0)[None] == np.arange(len(centroids))[:, None]
    for group, row in enumerate(belongs):
        if row.sum() < minimum:
            row[np.argsort(distance[group], kind="stable")[:minimum]] = True
    return np.asarray(belongs)
