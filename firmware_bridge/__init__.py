"""The firmware (C core and one small port per board), its build, the wire protocol and the host's client."""
