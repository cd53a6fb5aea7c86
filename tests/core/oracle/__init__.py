"""A second clock engine, slow and plain, written from the rules alone to judge the first one.

It reads policy sets and timelines as values and shares no arithmetic with ``slaplugin.core``:
calendars are lists of open stretches laid out day by day, and every figure is counted anew from
the whole life of a clock each time it is asked for.
"""
