/**
 * Which lcores there are, and on which CPUs each may run.
 *
 * EAL gets the control thread as one more lcore with a high id: so it does not take the place of a forwarding one,
 * and `-l 1` forwards on CPU 1.
 */

import { DpdkError } from './errors.js'
import { checkArray, checkInteger, checkOptions, invalidType, invalidValue } from './validate.js'

/** An lcore and the CPUs that it may run on. An lcore of its own CPU is best: it polls without pause. */
export interface LcorePlacement {
  id: number
  cpus: readonly number[]
}

/** `RTE_MAX_LCORE` of usual builds: ids are below it. CPU numbers may be higher. */
export const MAX_LCORES = 128
const MAX_CPU = 1023

/** Brings `lcores` of the EAL options into one form: a number stands for an lcore on the CPU of that number. */
export function checkLcores(name: string, value: unknown): LcorePlacement[] {
  const placements = checkArray(name, value, checkPlacement)
  if (placements.length === 0) throw invalidValue(name, 'at least one CPU', value)
  const ids = placements.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) throw invalidValue(name, 'different lcores', value, `${twice} is there twice.`)
  return placements
}

function checkPlacement(name: string, value: unknown): LcorePlacement {
  if (typeof value === 'number') {
    const advice = 'Give higher CPUs a lower id: { id: 1, cpus: [200] }.'
    const id = checkInteger(name, value, { minimum: 0, maximum: MAX_LCORES - 1, advice })
    return { id, cpus: [id] }
  }
  if (typeof value !== 'object' || value === null) {
    throw invalidType(name, 'a CPU number or { id, cpus }', value)
  }
  checkOptions(name, value, ['id', 'cpus'])
  const { id, cpus } = value as { id: unknown; cpus: unknown }
  const placement = {
    id: checkInteger(`${name}.id`, id, { minimum: 0, maximum: MAX_LCORES - 1 }),
    cpus: checkArray(`${name}.cpus`, cpus, (element, cpu) =>
      checkInteger(element, cpu, { minimum: 0, maximum: MAX_CPU }),
    ),
  }
  if (placement.cpus.length === 0) throw invalidValue(`${name}.cpus`, 'at least one CPU', cpus)
  return placement
}

/** Refuses lcores on CPUs that this process may not use: EAL would only say "lcore 9 unavailable". */
export function checkAffinity(lcores: readonly LcorePlacement[], affinity: readonly number[]): void {
  for (const { id, cpus } of lcores) {
    const missing = cpus.filter((cpu) => !affinity.includes(cpu))
    if (missing.length === 0) continue
    throw new DpdkError(`lcore ${id} cannot run on CPU ${formatCpus(missing)}`, {
      code: 'ERR_DPDK_LCORE_UNAVAILABLE',
      hint:
        `This process may use CPU ${formatCpus(affinity)}. Others do not exist, or the affinity of the shell ` +
        "(taskset -p $$) or a container's cpuset keeps it off them.",
    })
  }
}

/** The CPUs that no lcore uses: for the control thread and for JavaScript. All of them, when none is left. */
export function housekeepingCpus(lcores: readonly LcorePlacement[], affinity: readonly number[]): number[] {
  const polled = new Set(lcores.flatMap(({ cpus }) => cpus))
  const rest = affinity.filter((cpu) => !polled.has(cpu))
  return rest.length === 0 ? [...affinity] : rest
}

/** The highest free id, for the control thread. */
export function mainLcoreFor(lcores: readonly LcorePlacement[]): number {
  for (let id = MAX_LCORES - 1; id >= 0; id--) {
    if (lcores.every((lcore) => lcore.id !== id)) return id
  }
  throw new DpdkError(`${lcores.length} lcores leave no id for the control thread`, {
    code: 'ERR_DPDK_TOO_MANY_LCORES',
    hint: `EAL knows ${MAX_LCORES} lcores; one of them is the control thread.`,
  })
}

/** As `--lcores` takes it: `1@1,127@(0,2,3)`. */
export function formatLcores(lcores: readonly LcorePlacement[]): string {
  return lcores
    .map(({ id, cpus }) => (cpus.length === 1 ? `${id}@${cpus[0]}` : `${id}@(${cpus.join(',')})`))
    .join(',')
}

/** `0-3,8` for people. */
export function formatCpus(cpus: readonly number[]): string {
  const sorted = [...cpus].sort((a, b) => a - b)
  const ranges: string[] = []
  for (let start = 0; start < sorted.length; ) {
    let end = start
    while (end + 1 < sorted.length && sorted[end + 1] === (sorted[end] as number) + 1) end++
    ranges.push(start === end ? `${sorted[start]}` : `${sorted[start]}-${sorted[end]}`)
    start = end + 1
  }
  return ranges.join(',')
}

/**
 * Reads what people write behind `-l` and `--lcores`: `1`, `0-3,8`, `0@1,1@2`, `(0-3)@(4,5)`.
 * Undefined when it is not of that form.
 *
 * @see https://doc.dpdk.org/guides/linux_gsg/linux_eal_parameters.html
 */
export function parseLcoreList(text: string): LcorePlacement[] | undefined {
  const placements = new Map<number, LcorePlacement>()
  let rest = text.replace(/\s+/g, '')
  if (rest === '') return undefined
  while (rest !== '') {
    const item = rest.match(/^(\([\d,-]+\)|\d+(?:-\d+)?)(?:@(\([\d,-]+\)|\d+(?:-\d+)?))?(?:,(?=.)|$)/)
    if (!item) return undefined
    const [whole, left = '', right] = item
    const ids = parseSet(left)
    const cpus = right === undefined ? undefined : parseSet(right)
    if (!ids || (right !== undefined && !cpus)) return undefined
    for (const id of ids) {
      // Without '@', a range means an lcore on each CPU, but a group in brackets floats over all of its CPUs.
      placements.set(id, { id, cpus: cpus ?? (left.startsWith('(') ? ids : [id]) })
    }
    rest = rest.slice(whole.length)
  }
  return [...placements.values()]
}

function parseSet(text: string): number[] | undefined {
  const numbers = new Set<number>()
  for (const part of text.replace(/[()]/g, '').split(',')) {
    const range = part.match(/^(\d+)(?:-(\d+))?$/)
    if (!range) return undefined
    const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])]
    if (Math.max(first, last) > MAX_CPU) return undefined
    for (let n = Math.min(first, last); n <= Math.max(first, last); n++) numbers.add(n)
  }
  return [...numbers]
}

/** Reads the hexadecimal mask behind `-c`. Undefined when it is none, or is empty. */
export function parseCoreMask(text: string): LcorePlacement[] | undefined {
  const digits = text.trim().match(/^(?:0x)?([0-9a-f]+)$/i)?.[1]
  if (digits === undefined) return undefined
  const placements: LcorePlacement[] = []
  let mask = BigInt(`0x${digits}`)
  for (let id = 0; mask !== 0n; id++, mask >>= 1n) {
    if (mask & 1n) placements.push({ id, cpus: [id] })
  }
  return placements.length === 0 ? undefined : placements
}
