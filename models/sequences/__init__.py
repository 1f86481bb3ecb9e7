"""Recommendation: users as sequences of items, networks that rank the next one, and editors of users."""
