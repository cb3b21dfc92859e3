"""Escucha: listens to what people say in public about their city and sees that somebody answers. Read `pipeline/__init__.py` first."""
