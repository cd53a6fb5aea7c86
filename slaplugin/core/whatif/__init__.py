"""What if: a draft policy set over the past, beside what was in force.

Pure: instances go in, one ticket at a time, and what they add up to comes out. Parts that were
counted apart (by other processes, by other machines) are merged, in any order, to the same result.
"""

from slaplugin.core.whatif.comparison import Bounds, Comparison, Terms, terms_of
from slaplugin.core.whatif.conclusion import Conclusion, Line, Moved, Shift, concluded
from slaplugin.core.whatif.pairs import Change, Reason, Standing

__all__ = [
    "Bounds",
    "Change",
    "Comparison",
    "Conclusion",
    "Line",
    "Moved",
    "Reason",
    "Shift",
    "Standing",
    "Terms",
    "concluded",
    "terms_of",
]
