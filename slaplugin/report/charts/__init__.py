"""Charts of reports as SVG text."""

from slaplugin.report.charts.bars import BarLine, bars
from slaplugin.report.charts.frame import Drawing, figure, legend
from slaplugin.report.charts.heat import week_map
from slaplugin.report.charts.trend import Axis, Series, trend

__all__ = [
    "Axis",
    "BarLine",
    "Drawing",
    "Series",
    "bars",
    "figure",
    "legend",
    "trend",
    "week_map",
]
