"""The past in chunks: derived from the store's rows, checked by hash, rebuilt at any time.

A chunk holds the tickets of a range of keys twice: as packed timelines, which any engine can read,
and as columns, from which numpy works out at once what the plain engine works out ticket by
ticket. Both lie in a file beside the store (``<store>.columns``) that may be deleted whenever one
likes. Nothing in it is the truth: the rows are.
"""

from slaplugin.columnar.chunks import CHUNK, Chunk, Chunks, chunk_numbers, keys_of
from slaplugin.columnar.file import ColumnsFile

__all__ = ["CHUNK", "Chunk", "Chunks", "ColumnsFile", "chunk_numbers", "keys_of"]
