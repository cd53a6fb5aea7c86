"""Rows out of slaplugin for people's own tools: JSON Lines, CSV, Parquet.

Rows come as a stream and go as one, so that an export of any size takes the same memory.
"""

from slaplugin.exports.fields import Field, FieldType
from slaplugin.exports.text import write_csv, write_jsonl

__all__ = ["Field", "FieldType", "write_csv", "write_jsonl"]
