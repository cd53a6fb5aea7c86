"""The style of every page. System fonts, two palettes of equal contrast, no images."""

from __future__ import annotations

_LIGHT = """
--paper: #f6f7f9; --card: #ffffff; --ink: #1b2430; --soft: #566273; --line: #dde2e9;
--counted: #2f7d5b; --overdue: #c2352b; --paused: #d9a320; --closed: #cfd6df; --ahead: #eceff3;
--good: #1d6b49; --good-bg: #e2f3ea; --bad: #a5261d; --bad-bg: #fbe6e4;
--warn: #7a5600; --warn-bg: #fbf0d2; --calm: #475263; --calm-bg: #e9edf2; --accent: #1f5fa8;
"""
_DARK = """
--paper: #12161c; --card: #1a2029; --ink: #e6eaf0; --soft: #9aa7b8; --line: #2d3643;
--counted: #46a87f; --overdue: #e8645a; --paused: #e0b346; --closed: #394452; --ahead: #222a35;
--good: #7fd6ad; --good-bg: #173528; --bad: #ff9c94; --bad-bg: #43201e;
--warn: #f0cd77; --warn-bg: #3b3015; --calm: #b5c0cf; --calm-bg: #28313d; --accent: #7db4f2;
"""
PALETTES = f"""
:root {{ {_LIGHT} }}
@media screen and (prefers-color-scheme: dark) {{
  :root:not([data-theme="light"]) {{ {_DARK} }}
}}
@media screen {{ :root[data-theme="dark"] {{ {_DARK} }} }}
"""
"""Colours by name: as the reader's system has it, or as ``data-theme`` of the page says."""
STYLE = (
    PALETTES
    + """
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .1rem 0 .6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 0; display: flex; flex-wrap: wrap; gap: .6rem;
     align-items: center; }
h2 small { color: var(--soft); font-weight: 400; }
h3 { font-size: .8rem; text-transform: uppercase; letter-spacing: .06em; color: var(--soft);
     margin: 1.4rem 0 .4rem; }
p { margin: .4rem 0; }
a { color: var(--accent); }
.eyebrow { color: var(--soft); margin: 0; }
.note { color: var(--soft); font-size: .9rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
        padding: 1.1rem 1.25rem 1.25rem; margin: 1.1rem 0; }
.card.breached { border-left: .3rem solid var(--overdue); }
.card.at_risk { border-left: .3rem solid var(--paused); }
.badge { font-size: .75rem; font-weight: 650; letter-spacing: .03em; text-transform: uppercase;
         padding: .12rem .55rem; border-radius: 1rem; white-space: nowrap; }
.badge.good { color: var(--good); background: var(--good-bg); }
.badge.bad { color: var(--bad); background: var(--bad-bg); }
.badge.warn { color: var(--warn); background: var(--warn-bg); }
.badge.calm { color: var(--calm); background: var(--calm-bg); }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 1.75rem; margin: .7rem 0 0; }
.facts dt { font-size: .78rem; color: var(--soft); }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
figure { margin: 1rem 0 .25rem; }
figure svg { display: block; width: 100%; height: 3rem; overflow: visible; }
figure svg.two { height: 4rem; }
.ends { display: flex; justify-content: space-between; gap: 1rem; color: var(--soft);
        font-size: .8rem; font-variant-numeric: tabular-nums; }
.ends span:last-child { text-align: right; }
.s-counted { fill: var(--counted); } .s-overdue { fill: var(--overdue); }
.s-paused { fill: var(--paused); } .s-closed { fill: var(--closed); }
.s-ahead { fill: var(--ahead); }
svg .mark { stroke: var(--ink); stroke-width: 2; }
svg text { fill: var(--ink); font-size: .8rem; font-family: inherit; }
svg .m-breach { fill: var(--bad); font-weight: 650; }
svg line.m-breach { stroke: var(--overdue); }
.said { margin: 0; padding-left: 1.1rem; font-size: .95rem; }
.legend { display: flex; flex-wrap: wrap; gap: .35rem 1.1rem; list-style: none; padding: 0;
          margin: 1rem 0 0; font-size: .85rem; color: var(--soft); }
.legend i { display: inline-block; width: 1.1rem; height: .75rem; border-radius: .15rem;
            margin-right: .4rem; vertical-align: -.05rem; }
.legend .counted { background: var(--counted); } .legend .overdue { background: var(--overdue); }
.legend .paused { background: var(--paused); } .legend .closed { background: var(--closed); }
.legend .ahead { background: var(--ahead); border: 1px solid var(--line); }
.scroll, .stacks { overflow-x: auto; border-radius: .3rem; }
.scroll:focus-visible, .stacks:focus-visible { outline: 2px solid var(--accent); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th { text-align: left; font-weight: 600; font-size: .78rem; color: var(--soft); }
th, td { padding: .32rem .9rem .32rem 0; border-bottom: 1px solid var(--line);
         vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; }
td { font-variant-numeric: tabular-nums; white-space: nowrap; }
th.n, td.n { text-align: right; }
.stacks td:last-child:not(.n) { width: 99%; }
td:last-child:not(.n) { white-space: normal; }
.long, h2, h3, figcaption, p, li, summary { overflow-wrap: anywhere; }
.stacks td:first-child .long { min-width: 12rem; }
td .long, td:last-child .long { display: block; white-space: normal; min-width: 10rem; }
.dot { display: inline-block; width: .65rem; height: .65rem; border-radius: .15rem;
       margin-right: .45rem; }
.dot.counted { background: var(--counted); } .dot.paused { background: var(--paused); }
.dot.closed { background: var(--closed); }
strong.gave { color: var(--good); }
details { margin-top: 1.2rem; }
summary { cursor: pointer; color: var(--soft); font-size: .9rem; }
summary:focus-visible { outline: 2px solid var(--accent); }
.held { border: 1px solid var(--overdue); background: var(--bad-bg); color: var(--bad);
        border-radius: .5rem; padding: .6rem .9rem; }
footer { color: var(--soft); font-size: .85rem; margin-top: 2rem; }
@media (max-width: 34rem) {
  main { padding: 1.1rem .8rem 3rem; }
  h1 { font-size: 1.3rem; }
  .card { padding: .9rem .9rem 1rem; }
  .facts { gap: .45rem 1.2rem; }
  .stacks thead { display: none; }
  .stacks table, .stacks tbody, .stacks tr { display: block; }
  .stacks tr { padding: .45rem 0; border-bottom: 1px solid var(--line); }
  .stacks tr:last-child { border-bottom: 0; }
  .stacks td { display: flex; gap: .75rem; padding: .1rem 0; border: 0; white-space: normal; }
  .stacks td:empty { display: none; }
  .stacks td::before { content: attr(data-name); flex: 0 0 4.2rem; color: var(--soft);
                       font-size: .78rem; line-height: 1.7; }
  .stacks td .long, .stacks td:first-child .long { min-width: 0; }
  .stacks td.n { text-align: left; }
}
@media print {
  body { background: none; } .card { break-inside: avoid; } main { max-width: none; padding: 0; }
}
"""
)
