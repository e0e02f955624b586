"""The pytest plugin of rqml."""
