"""The style of charts, for pages that have any; the palettes keep 3:1 against their paper."""

from __future__ import annotations

_LIGHT = """
--c1: #1f5fa8; --c2: #b3541e; --c3: #2f7d5b; --c4: #8a3f8f; --c5: #7a6a00; --c6: #566273;
--h0: #eceff3; --h1: #d7e3f4; --h2: #abc6e8; --h3: #6f9fd6; --h4: #3a74ba; --h5: #174a86;
--on-dark: #ffffff;
"""
_DARK = """
--c1: #7db4f2; --c2: #f0a063; --c3: #5cc59a; --c4: #d59ae0; --c5: #d9c34a; --c6: #a9b4c4;
--h0: #222a35; --h1: #24405f; --h2: #2d5a8c; --h3: #4a86c4; --h4: #7db4f2; --h5: #c4ddf9;
--on-dark: #10151b;
"""

_SHADES = "\n".join(
    f"svg.chart .c{n} {{ fill: var(--c{n}); }} svg.chart .line.c{n} {{ stroke: var(--c{n}); }}"
    f" .legend i.c{n} {{ background: var(--c{n}); }}"
    f" svg.chart .h{n - 1} {{ fill: var(--h{n - 1}); }}"
    for n in range(1, 7)
)

CHART_STYLE = f"""
:root {{ {_LIGHT} }}
@media screen and (prefers-color-scheme: dark) {{
  :root:not([data-theme="light"]) {{ {_DARK} }}
}}
@media screen {{ :root[data-theme="dark"] {{ {_DARK} }} }}
{_SHADES}
figure.chart {{ margin: 1rem 0 1.4rem; }}
figure.chart figcaption {{ font-weight: 600; font-size: .92rem; margin-bottom: .5rem; }}
figure.chart svg.chart {{ height: auto; max-width: 52rem; overflow: visible; }}
figure.chart svg.narrow {{ display: none; max-width: 34rem; }}
@media screen and (max-width: 40rem) {{
  figure.chart svg.wide {{ display: none; }}
  figure.chart svg.narrow {{ display: block; }}
}}
details.data {{ margin-top: .7rem; }}
svg.chart text {{ font-size: 12px; }}
svg.chart .tick {{ fill: var(--soft); font-size: 11px; }}
svg.chart .figure {{ font-weight: 600; font-variant-numeric: tabular-nums; }}
svg.chart .cell {{ font-size: 10px; }}
svg.chart .on-dark {{ fill: var(--on-dark); }}
svg.chart .grid {{ stroke: var(--line); stroke-width: 1; }}
svg.chart .line {{ fill: none; stroke-width: 2.5; stroke-linejoin: round; }}
svg.chart .line.d1 {{ stroke-dasharray: 7 4; }} svg.chart .line.d2 {{ stroke-dasharray: 2 4; }}
svg.chart circle {{ stroke: var(--card); stroke-width: 1.5; }}
.legend i.d1, .legend i.d2 {{ opacity: .6; }}
@media print {{
  figure.chart {{ break-inside: avoid; }}
  figure.chart svg.chart {{ max-width: 100%; }}
  details.data {{ display: none; }}
  svg.chart rect, svg.chart circle, .legend i {{ print-color-adjust: exact; }}
}}
"""
