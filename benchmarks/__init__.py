"""Measurements that print JSON; nothing here is imported by what ships."""
