"""The components of the program, one file each; `__main__.py` puts them together."""
