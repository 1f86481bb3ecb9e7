"""Data sets seen as fleets of devices."""
