"""What the service report's page adds to the style of every page."""

SERVICE_STYLE = """
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .9rem;
         margin: 1.2rem 0; }
.card.big { margin: 0; padding: .8rem 1rem .9rem; }
.card.big h3 { margin: 0; text-transform: none; letter-spacing: 0; font-size: .9rem; }
.card.big .number { font-size: 2rem; font-weight: 650; line-height: 1.15; margin: .1rem 0;
                    font-variant-numeric: tabular-nums; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; list-style: none; padding: 0;
         margin: 1rem 0; font-size: .9rem; }
.card.big h2 { font-size: .95rem; color: var(--soft); gap: .2rem .5rem; }
.card.big code { font-size: .72rem; font-weight: 400; }
.change { color: var(--soft); font-size: .88rem; }
td .badge { text-transform: none; letter-spacing: 0; font-weight: 600; }
bdi { unicode-bidi: isolate; }
.behind { border-top: 1px solid var(--line); padding-top: .3rem; }
.behind ul { margin: .2rem 0 .8rem; padding-left: 1.1rem; font-size: .88rem; }
.behind li { overflow-wrap: anywhere; }
.behind:target { background: var(--warn-bg); }
pre { background: var(--calm-bg); border-radius: .5rem; padding: .8rem 1rem; overflow-x: auto;
      font-size: .85rem; line-height: 1.5; }
pre:focus-visible { outline: 2px solid var(--accent); }
code { overflow-wrap: anywhere; font-size: .85em; }
@media print {
  nav { display: none; }
  a { color: inherit; text-decoration: none; }
  a[data-list]::after { content: " [" attr(data-list) "]"; font-size: .75em; color: var(--soft); }
  .card { break-inside: auto; border: 0; border-top: 1px solid var(--line); border-radius: 0;
          padding: .6rem 0 0; }
  .card.big { break-inside: avoid; border: 1px solid var(--line); padding: .6rem .8rem; }
  .cards { grid-template-columns: repeat(3, 1fr); padding-right: 1px; }
  h2, h3, figcaption { break-after: avoid; }
  tr, li, figure.chart { break-inside: avoid; }
  thead { display: table-header-group; break-after: avoid; }
  .scroll, .stacks { overflow: visible; }
  table { font-size: .78rem; }
  td { white-space: normal; }
  td.n, td:first-child { white-space: nowrap; }
  .stacks td:last-child:not(.n) { width: auto; }
  .behind li:nth-child(n+21) { display: none; }
  .behind ul { columns: 2; column-gap: 2.4rem; font-size: .72rem; }
  th, td { padding-right: .5rem; }
  pre { white-space: pre-wrap; }
}
.onpaper { display: none; }
@media print { .onpaper { display: block; } }
"""
