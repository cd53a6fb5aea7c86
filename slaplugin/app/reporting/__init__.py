"""Reports: one pass over the past, every figure from it, and periods that are closed."""
