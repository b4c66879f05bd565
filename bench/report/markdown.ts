/** The results as a page for people: results.md. */

import type { Comparison } from '../measure/comparison.js'
import {
  FEWEST_PAIRS,
  FEWEST_SAMPLES,
  type Figure,
  type FigureTable,
  figureCounts,
  verdictOf,
  WIDEST_SPREAD,
} from '../measure/figures.js'
import { relativeSpread, spreadOf } from '../measure/statistics.js'
import { limitText, millions, rounded, rowsOf, spreadText, verdict } from './summary.js'
import type { Results } from './write.js'

/** `plots`: paths of pictures, by the id of what they show. */
export function toMarkdown(results: Results, plots: ReadonlyMap<string, readonly string[]>): string {
  const { machine, short, comparisons, tables } = results
  const pictures = (id: string) => (plots.get(id) ?? []).map((path) => `![Samples and medians](${path})`)
  return [
    '# Benchmark results',
    'Written by `npm run bench`; every sample is in [results.json](results.json).',
    ...(short ? ['**A short run, to see that all of it works: too few samples for a verdict.**'] : []),
    ...['## Machine', table(['', ''], Object.entries(machine).map(machineRow))],
    ...['## How it is measured', HOW_MEASURED],
    ...['## Targets', targetTable(results)],
    '## Virtual devices',
    'All devices below are virtual. Their figures say what software costs, and are never set beside those of a NIC.',
    ...comparisons.flatMap((one) => [...comparisonSection(one), ...pictures(one.id)]),
    ...tables.flatMap((one) => [...tableSection(one), ...pictures(one.id)]),
  ]
    .join('\n\n')
    .concat('\n')
}

const percent = (part: number) => `${(part * 100).toFixed(0)} %`

const HOW_MEASURED = `\
- Contenders of a comparison run on the same CPUs, devices, frames, bursts, queues and size of pool. They are all alive, all
  but one of them stopped, and take turns of a fraction of a second, so that what changes on the machine changes for all.
- Packets are those that the devices have sent, read through DPDK's telemetry. Where the devices compute it, a checksum
  over the first frames that they sent shows that all contenders did the same.
- *near* and *far*: a host may place the two CPUs of a virtual machine near each other or far apart, for seconds at a time. The round trip
  of a cache line is measured before and after each sample; samples compare only with those of the same distance, and those in which it changed are left out.
- Values are medians, with the quartiles in brackets. *Spread* is the distance of the quartiles, as a part of the median. A
  ratio is the median of the ratios of samples of the same round. **It counts only with at least ${FEWEST_PAIRS} pairs and a spread of at
  most ${percent(WIDEST_SPREAD)}**; until then its target is *open*.
- Other figures with a target count from ${FEWEST_SAMPLES} samples on, if the middle half of them is on one side of the target.`

function machineRow([name, value]: [string, unknown]): string[] {
  return [name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`), String(value)]
}

/** What has to be reached, and whether it is: all targets of all suites. */
function targetTable({ comparisons, tables }: Results): string {
  const compared = comparisons.flatMap((comparison) =>
    rowsOf(comparison).flatMap(({ contender, distance, ratio, counts, target }) =>
      target === undefined
        ? []
        : [
            [
              comparison.title,
              `${contender}, ${distance}`,
              ratio ? `${ratio.median.toFixed(2)} ×` : '',
              `≥ ${target.ratio} ×`,
              emphasized(verdict(ratio, counts, target)),
            ],
          ],
    ),
  )
  const measured = tables.flatMap(({ title, figures }) =>
    figures.flatMap((figure) =>
      figure.target === undefined || figure.samples.length === 0
        ? []
        : [
            [
              title,
              `${figure.subject}: ${figure.quantity}`,
              `${rounded(spreadOf(figure.samples).median)} ${figure.unit}`,
              `${limitText(figure.target)} ${figure.unit}`,
              emphasized(verdictOf(figure)),
            ],
          ],
    ),
  )
  return table(['comparison', 'what', 'median', 'target', ''], [...compared, ...measured])
}

function comparisonSection(comparison: Comparison): string[] {
  const { title, checksumsAgree } = comparison
  const rows = rowsOf(comparison).map(({ contender, distance, rate, ratio, counts, target }) => [
    contender,
    distance,
    `${millions(rate.median)} [${millions(rate.lower)}, ${millions(rate.upper)}]`,
    String(rate.count),
    ratio ? `${ratio.median.toFixed(2)} [${ratio.lower.toFixed(2)}, ${ratio.upper.toFixed(2)}]` : '',
    ratio ? `${spreadText(ratio)}${counts ? '' : ': **does not count**'}` : '',
    target ? `≥ ${target.ratio}: ${emphasized(verdict(ratio, counts, target))}` : '',
  ])
  const columns = ['contender', 'CPUs', 'Mpps', 'samples', 'ratio to the first', 'spread', 'target']
  const agree =
    checksumsAgree === undefined ? [] : [checksumsAgree ? 'Checksums agree.' : '**Checksums differ.**']
  return [`### ${title}`, table(columns, rows), ...agree]
}

function tableSection({ title, notes, figures }: FigureTable): string[] {
  const columns = ['', 'quantity', 'unit', 'median', 'quartiles', 'range', 'samples', 'spread', 'target']
  return [`### ${title}`, notes.join(' '), table(columns, figures.map(figureRow))]
}

function figureRow(figure: Figure): string[] {
  const { subject, quantity, unit, samples, target } = figure
  if (samples.length === 0) return [subject, quantity, unit, '', '', '', '0', '', 'open']
  const spread = spreadOf(samples)
  const spreadPercent = spread.median === 0 ? '' : percent(relativeSpread(spread))
  return [
    subject,
    quantity,
    unit,
    rounded(spread.median),
    `${rounded(spread.lower)} – ${rounded(spread.upper)}`,
    `${rounded(spread.minimum)} – ${rounded(spread.maximum)}`,
    String(spread.count),
    `${spreadPercent}${figureCounts(figure) ? '' : ' **does not count**'}`,
    target ? `${limitText(target)}: ${emphasized(verdictOf(figure))}` : '',
  ]
}

function emphasized(text: string | undefined): string {
  return text === 'met' ? 'met' : `**${text}**`
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}
