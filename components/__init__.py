"""What the program is made of; `__main__.py` puts it together."""
