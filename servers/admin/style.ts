// The whole style of the operator's page, whose hash stands in its policy. Colours are those of the app, each for day and night.

export const STYLE = `
:root { color-scheme: light dark;
  --window: light-dark(#f3f5f4, #121716); --surface: light-dark(#ffffff, #1b2220); --sunken: light-dark(#e7ecea, #27302d);
  --line: light-dark(#dde3e0, #2c3532); --text: light-dark(#15201c, #e8eeeb); --soft: light-dark(#51605a, #a5b2ad);
  --accent: light-dark(#0b6b58, #62ccb3); --accent-soft: light-dark(#def0ea, #17362f);
  --attention: light-dark(#8a5200, #efb454); --attention-soft: light-dark(#fbeed8, #382b12) }
* { box-sizing: border-box; margin: 0; padding: 0 }
body { max-width: 72rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; background: var(--window); color: var(--text);
  font: 400 .875rem/1.25rem system-ui, -apple-system, "Segoe UI", Cantarell, Ubuntu, "Noto Sans", sans-serif }
html { background: var(--window); text-size-adjust: none }
header { display: grid; gap: .75rem }
.as-of { color: var(--soft); font-size: .75rem; line-height: 1rem; margin-top: -.625rem }
h1 { font-size: 1.5rem; line-height: 2rem; font-weight: 600; overflow-wrap: anywhere }
h2 { font-size: 1.125rem; line-height: 1.5rem; font-weight: 600; margin: 2.5rem 0 0 }
h3 { font-size: .875rem; line-height: 1.25rem; font-weight: 600; margin: 1.25rem 0 .5rem }
h2 + .card { margin-top: .75rem }
.card + .card { margin-top: 1.25rem }
.states { list-style: none; display: grid; gap: .5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)) }
.state { display: grid; grid-template-columns: 1rem 7rem 1fr; gap: .25rem .625rem; padding: .75rem 1rem; border-radius: 12px;
  background: var(--accent-soft) }
.state::before { content: "✓"; text-align: center; font-weight: 600; color: var(--accent) }
.state.attention, .fault { background: var(--attention-soft) }
.state.attention::before { content: "!"; color: var(--attention) }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; overflow: hidden }
dl > div { display: grid; grid-template-columns: 13rem 1fr; gap: .125rem 1rem; padding: .625rem 1rem }
dl > div + div, tr + tr > td, .fault { border-top: 1px solid var(--line) }
dt, th, .soft { color: var(--soft) }
dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums }
.fault { padding: .75rem 1rem; display: grid; gap: .25rem; overflow-wrap: anywhere }
.fault strong, .warn { color: var(--attention); font-weight: 600 }
.bar { width: 10rem; height: .5rem; margin-right: .75rem; border-radius: 4px; background: var(--sunken); fill: var(--accent) }
.bar.attention { fill: var(--attention) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .5rem 1rem; vertical-align: top; font-weight: 400 }
th { padding: .625rem 1rem .5rem; font-size: .75rem; line-height: 1rem; background: var(--sunken) }
td { font-variant-numeric: tabular-nums }
td:first-child { white-space: nowrap }
time[title] { text-decoration: underline dotted var(--line); text-underline-offset: .2em }
.code { font: 400 .75rem/1.25rem ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace }
td .code { white-space: pre }
td:nth-child(2) { min-width: 12rem; overflow-wrap: anywhere }
.id { min-width: 0 }
.id summary { cursor: pointer; display: inline-block; list-style: none; border-radius: 4px }
.id summary::-webkit-details-marker { display: none }
.id summary > .code { text-decoration: underline dotted var(--soft); text-underline-offset: .25em }
.id .line { display: block } .id .link { color: var(--accent); text-decoration: underline; font-size: .75rem }
.id[open] summary { color: var(--soft) }
.id .whole, td .id .whole { display: block; white-space: normal; overflow-wrap: anywhere; user-select: all; margin: .125rem 0 .25rem }
button.copy { display: none; font: inherit; font-size: .75rem; line-height: 1rem; padding: .25rem .625rem; border-radius: 8px; cursor: pointer;
  color: var(--accent); background: var(--surface); border: 1px solid var(--line) }
button.copy:hover { border-color: var(--accent) }
.live button.copy { display: inline-block }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.empty { padding: .75rem 1rem; color: var(--soft) }
footer { margin-top: 1.5rem; color: var(--soft); font-size: .75rem; line-height: 1.125rem; display: grid; gap: .25rem }
footer .attention { color: var(--attention) }
a { color: var(--accent) }
.pictures { display: grid; gap: 1rem; margin-top: 1.25rem; grid-template-columns: repeat(6, minmax(0, 1fr)) }
.pictures > div { grid-column: span 2; background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 1rem;
  display: grid; align-content: center }
.pictures > .whole-row { grid-column: 1 / -1 } .pictures > .half { grid-column: span 3 }
.pictures > .facts { padding: 0; align-content: start; overflow: hidden } .facts dl > div { grid-template-columns: 7rem 1fr; padding-block: .5rem }
figure { display: grid; gap: .625rem; min-width: 0 } figure svg { display: block; width: 100%; height: auto }
figcaption { display: grid; gap: .125rem }
.map { max-width: 54rem; width: 100%; margin: 0 auto } .map .narrow { display: none }
.map text { fill: var(--text); text-anchor: middle; font-size: 14px; font-weight: 600 }
.map .line { fill: var(--soft); font-size: 12px; font-weight: 400 }
.map .box rect { fill: var(--accent-soft); stroke: var(--accent); stroke-width: 1 }
.map .elsewhere rect { fill: var(--surface); stroke: var(--soft); stroke-dasharray: 4 4 }
.map .box.bad rect { fill: var(--attention-soft); stroke: var(--attention); stroke-width: 2 }
.way { fill: none; stroke: var(--accent); stroke-width: 1.5 } .head { fill: var(--accent) }
.way.bad { stroke: var(--attention); stroke-width: 2.5; stroke-dasharray: 7 5 } .head.bad { fill: var(--attention) }
.troubles { list-style: none; color: var(--attention); text-align: center }
.ring { grid-template-columns: 7.5rem 1fr; align-items: center; gap: 1rem }
.ring circle { fill: none; stroke-width: 11 } .ring .track { stroke: var(--sunken) } .ring .track.open { stroke-dasharray: 3 5 }
.ring .kept { stroke: var(--line) } .ring .value { stroke: var(--accent) } .ring .value.attention { stroke: var(--attention) }
.ring text { text-anchor: middle; fill: var(--text) } .ring .big { font-size: 24px; font-weight: 600 } .ring .small { font-size: 13px; fill: var(--soft) }
.certificates svg { max-width: 16rem } .certificates strong, .day strong { font-size: 1.125rem }
.certificates .good, .day .good { fill: var(--accent) } .certificates .none { fill: var(--sunken) } .day .bad { fill: var(--attention) }
.certificates text { text-anchor: middle; font-size: 11px; fill: var(--soft) } .certificates .count { fill: var(--text) }
.day figcaption { grid-template-columns: 1fr auto; align-items: baseline } .day svg { height: 4.5rem } .day .ground { fill: var(--line) }
.axis { display: flex; justify-content: space-between; color: var(--soft); font-size: .75rem; line-height: 1rem }
.invitation { grid-template-columns: 9rem 1fr; align-items: center; gap: 1rem } .invitation:not(:has(svg)) { grid-template-columns: 1fr }
.invitation svg { border-radius: 8px; border: 1px solid var(--line) } .paper { fill: #fff } .ink { fill: #000 }
.invitation figcaption { gap: .5rem; justify-items: start }
@media (max-width: 56rem) { .pictures > div { grid-column: span 3 } .pictures > .whole-row { grid-column: 1 / -1 } }
@media (max-width: 50rem) { table, tbody { display: block } thead { position: absolute; clip-path: inset(50%); white-space: nowrap }
  tr { display: grid; gap: .25rem; padding: .75rem 1rem } tr + tr { border-top: 1px solid var(--line) } tr + tr > td { border-top: 0 }
  td { display: grid; grid-template-columns: 5rem minmax(0, 1fr); gap: .75rem; padding: 0 } td:nth-child(2) { min-width: 0 }
  td::before { content: attr(data-head); color: var(--soft) } td time { justify-self: start }
  td .code { white-space: pre-wrap; overflow-wrap: anywhere } }
@media (max-width: 40rem) { dl > div { grid-template-columns: 1fr }
  body { padding: 1.25rem .75rem 2rem }
  .pictures > div, .pictures > .half { grid-column: 1 / -1 } .map .wide { display: none } .map .narrow { display: block; max-width: 26rem; margin: 0 auto }
  .facts dl > div { grid-template-columns: 7rem 1fr }
  .state { grid-template-columns: 1rem 1fr } .state > span { grid-column: 2 } }
@media (max-width: 24rem) { .invitation { grid-template-columns: 1fr } .invitation svg { max-width: 12rem } }
@media (prefers-contrast: more) { :root { --soft: var(--text); --line: var(--soft) } }
@media (forced-colors: active) { .track, .kept { stroke: GrayText !important } .value, .way { stroke: CanvasText !important }
  .head, .certificates .good, .day .good { fill: CanvasText !important } .day .bad, .head.bad { fill: Mark !important } .way.bad { stroke: Mark !important }
  .map text, .ring text, .certificates text { fill: CanvasText !important } .map .box rect { fill: Canvas !important; stroke: CanvasText !important } }
`
