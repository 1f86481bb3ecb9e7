"""Turn a model into a bundle; the edit format and its arithmetic; the oracles a device is checked against."""
