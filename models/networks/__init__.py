"""Networks with named adaptive layers."""
