"""A package of its own, because one of the libraries that the tests use installs a package of the same name."""
