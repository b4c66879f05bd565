/** Pictures of the samples: SVG files that one reads on light and on dark pages. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { init } from 'echarts'
import type { Comparison } from '../measure/comparison.js'
import type { Figure, FigureTable } from '../measure/figures.js'
import { spreadOf } from '../measure/statistics.js'
import { DISTANCES } from './summary.js'
import type { Results } from './write.js'

/** A bar as long as the median, and a dot for every sample. */
interface Line {
  label: string
  samples: number[]
}

interface Plot {
  title: string
  unit: string
  lines: Line[]
}

const FOLDER = 'plots'

/** Draws all results into `directory`/plots, and returns the paths by the id of what they show. */
export function writePlots(directory: string, { comparisons, tables }: Results): Map<string, string[]> {
  const paths = new Map<string, string[]>()
  rmSync(join(directory, FOLDER), { recursive: true, force: true })
  mkdirSync(join(directory, FOLDER))
  for (const result of [...comparisons, ...tables]) {
    const plots = 'figures' in result ? plotsOfFigures(result) : [plotOfComparison(result)]
    const files = plots.map((plot, index) => {
      const path = `${FOLDER}/${result.id}${index > 0 ? `-${index + 1}` : ''}.svg`
      writeFileSync(join(directory, path), draw(plot))
      return path
    })
    paths.set(result.id, files)
  }
  return paths
}

function plotOfComparison({ title, samples, contenders }: Comparison): Plot {
  const lines = DISTANCES.flatMap((distance) =>
    contenders.map((contender) => ({
      label: `${contender}, ${distance}`,
      samples: samples
        .filter((sample) => sample.contender === contender && sample.distance === distance)
        .map(({ packetsPerSecond }) => packetsPerSecond / 1e6),
    })),
  )
  return { title, unit: 'Mpps', lines: lines.filter(({ samples }) => samples.length > 0) }
}

/** One for each unit: only what has the same unit can share an axis. */
function plotsOfFigures({ title, figures }: FigureTable): Plot[] {
  const units = new Map<string, Figure[]>()
  for (const figure of figures) {
    if (figure.samples.length > 0) units.set(figure.unit, [...(units.get(figure.unit) ?? []), figure])
  }
  return [...units].map(([unit, members]) => ({
    title,
    unit,
    lines: members.map(({ subject, quantity, samples }) => ({ label: `${subject}: ${quantity}`, samples })),
  }))
}

const WIDTH = 900
const LINE_HEIGHT = 24
/** Values that differ by more are drawn on a logarithmic axis. */
const LINEAR_RANGE = 50

function draw({ title, unit, lines }: Plot): string {
  const all = lines.flatMap(({ samples }) => samples)
  const logarithmic = Math.min(...all) > 0 && Math.max(...all) / Math.min(...all) > LINEAR_RANGE
  const height = 110 + lines.length * LINE_HEIGHT
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  chart.setOption({
    animation: false,
    backgroundColor: LIGHT.background,
    title: {
      text: title,
      subtext: `${unit}, on virtual devices; bar: median, dots: samples`,
      left: 12,
      top: 8,
      textStyle: { fontSize: 14, color: LIGHT.text },
      subtextStyle: { color: LIGHT.muted },
    },
    grid: { left: 12, right: 40, top: 62, bottom: 12, containLabel: true },
    xAxis: {
      type: logarithmic ? 'log' : 'value',
      axisLabel: { color: LIGHT.muted },
      splitLine: { lineStyle: { color: LIGHT.line } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: lines.map(({ label }) => label),
      axisLabel: { color: LIGHT.text, interval: 0 },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: LIGHT.line } },
    },
    series: [
      {
        type: 'bar',
        silent: true,
        barWidth: '60%',
        itemStyle: { color: LIGHT.bar },
        data: lines.map(({ samples }) => spreadOf(samples).median),
      },
      {
        type: 'scatter',
        silent: true,
        symbolSize: 5,
        itemStyle: { color: LIGHT.dot },
        data: lines.flatMap(({ samples }, line) => samples.map((value) => [value, line])),
      },
    ],
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return withDarkColours(svg)
}

const LIGHT = {
  background: '#ffffff',
  text: '#1f2328',
  muted: '#59636e',
  line: '#d1d9e0',
  bar: '#9ec5f8',
  dot: '#0b5cc4',
}
const DARK = {
  background: '#0d1117',
  text: '#f0f6fc',
  muted: '#9198a1',
  line: '#3d444d',
  bar: '#1f4a80',
  dot: '#8fc1ff',
}

/** A rule of a style sheet is stronger than an attribute: what has a light colour gets the dark one on dark pages. */
function withDarkColours(svg: string): string {
  const rules = (Object.keys(LIGHT) as (keyof typeof LIGHT)[]).flatMap((name) =>
    ['fill', 'stroke'].map((attribute) => `[${attribute}="${LIGHT[name]}"]{${attribute}:${DARK[name]}}`),
  )
  const style = `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`
  return svg.replace(/(<svg[^>]*>)/, `$1\n${style}`)
}
