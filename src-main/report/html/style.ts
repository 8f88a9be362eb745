/** The page's look, on a screen in both themes and on paper. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --ground-soft: #f6f7f8; --ink: #1a1d21; --ink-soft: #545b64; --line: #dfe2e6; --line-strong: #8b929b; --accent: #2457c5;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #16181b; --ground-soft: #1d2024; --ink: #e7e9ec; --ink-soft: #adb4bd; --line: #30353b; --line-strong: #6d7580; --accent: #7fa6f8;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 32px 24px 64px; max-width: 980px; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 20px; line-height: 1.3; margin: 40px 0 8px; padding-top: 8px; border-top: 1px solid var(--line); }
h3 { font-size: 15px; margin: 24px 0 8px; }
p, ul, dl, figure, table, pre { margin: 8px 0; }
p { max-width: 78ch; }
.note, .byline, figcaption, caption { color: var(--ink-soft); font-size: 13px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 0; list-style: none; font-size: 13px; }
a { color: var(--accent); }
ul { padding-left: 20px; }
li { margin: 2px 0; max-width: 100ch; }
.wide { overflow-x: auto; margin: 12px 0; }
table { border-collapse: collapse; font-size: 13px; margin: 0; overflow-wrap: break-word; }
caption { text-align: left; padding-bottom: 4px; font-weight: 600; color: var(--ink); }
th, td { text-align: right; padding: 3px 0 3px 16px; vertical-align: baseline; font-variant-numeric: tabular-nums; }
thead th { border-top: 1.5px solid var(--ink); border-bottom: 1px solid var(--line-strong); font-weight: 600; }
tbody tr:last-child > * { border-bottom: 1.5px solid var(--ink); }
th:first-child, .words th, .words td { text-align: left; }
th:first-child { padding-left: 0; font-weight: 500; }
tbody td { white-space: nowrap; }
tbody th { min-width: 9em; }
.small { font-size: 13px; }
.words td { white-space: normal; overflow-wrap: anywhere; max-width: 60ch; }
dl { display: grid; grid-template-columns: fit-content(40%) minmax(0, 1fr); gap: 2px 16px; font-size: 13px; }
dt { color: var(--ink-soft); }
dd { margin: 0; }
pre {
  padding: 8px 12px; background: var(--ground-soft); border-left: 2px solid var(--line-strong); white-space: pre-wrap;
  font: 12.5px/1.45 ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', 'Liberation Mono', monospace; tab-size: 4;
}
.charts { margin: 16px 0 24px; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(400px, 100%), 1fr)); gap: 24px 32px; }
.together { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 0 24px; margin: 8px 0 24px; }
@media (max-width: 760px) { .together { grid-template-columns: minmax(0, 1fr); } }
.together ul { padding-left: 16px; }
.charts figure { margin: 0; min-width: 0; }
.charts h3 { margin: 0 0 2px; }
svg { display: block; width: 100%; height: auto; touch-action: pan-y; }
svg .grid { stroke: var(--line); } svg .axis { stroke: var(--line-strong); } svg .soft { fill: var(--ink-soft); }
svg polyline.ink { stroke: var(--ink); } svg circle.ink { fill: var(--ink); }
svg [data-series].hidden { display: none; }
svg .pointer { stroke: var(--ink-soft); stroke-dasharray: 2 2; }
.readings { overflow-x: auto; }
.readings table { width: 100%; font-size: 12px; }
.readings th, .readings td { padding-left: 8px; }
.key { display: inline-block; width: 26px; height: 8px; margin-right: 6px; vertical-align: baseline; }
.readings button {
  font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: left; text-decoration: underline dotted var(--line-strong);
}
.readings button[aria-pressed='false'] { color: var(--ink-soft); text-decoration: line-through; }
.pointed { min-height: 36px; font-size: 12px; color: var(--ink-soft); margin: 4px 0 0; }
summary { cursor: pointer; font-size: 13px; color: var(--ink-soft); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@page { size: A4; margin: 18mm 16mm 20mm; @bottom-right { content: counter(page) ' / ' counter(pages); font: 9pt sans-serif; color: #545b64; } }
@media print {
  :root { color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10pt; line-height: 1.4; }
  nav, .pointed { display: none; }
  h1 { font-size: 20pt; } h2 { font-size: 14pt; margin-top: 20pt; } h3 { font-size: 10.5pt; }
  h2, h3, caption, summary, h2 + .note, figcaption { break-after: avoid; }
  p, li { orphans: 3; widows: 3; }
  .note, .byline, .small, figcaption, caption, dl, table { font-size: 8.5pt; }
  tbody td { white-space: normal; }
  .wide, .readings { overflow: visible; }
  tr, figure, dl, .charts, .together, .short, .appendix { break-inside: avoid; }
  thead { display: table-header-group; }
  .together { grid-template-columns: 3fr 2fr; gap: 0 14pt; margin: 4pt 0 10pt; }
  .together p, .together li, .together dl { font-size: 8pt; line-height: 1.3; }
  .together li { margin: 0; }
  .together dl { gap: 0 8pt; }
  .together pre { font-size: 7pt; line-height: 1.3; padding: 4pt 8pt; }
  pre { font-size: 7.5pt; }
  th, td { padding-left: 9pt; }
  .charts { grid-template-columns: 1fr 1fr; gap: 0 18pt; margin: 4pt 0 14pt; }
  .readings table { font-size: 7pt; }
  .readings th, .readings td { padding-left: 4pt; }
  details > summary { list-style: none; }
  .appendix pre { columns: 3; column-gap: 12pt; font-size: 6pt; line-height: 1.3; border: 0; }
}
`
