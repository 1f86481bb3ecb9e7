"""The tests of the project, one folder a package."""
