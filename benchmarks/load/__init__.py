"""What ``load_100k.py`` is made of."""
