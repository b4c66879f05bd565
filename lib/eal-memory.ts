/** The memory that EAL takes for packets and rings. */

import { readdirSync, readFileSync } from 'node:fs'
import { DpdkError } from './errors.js'
import { checkArray, checkInteger, checkOneOf, checkOptions, checkString, invalidType } from './validate.js'

/**
 * - `no-huge`: ordinary 4 kB pages (`--no-huge`). Needs nothing to be set up and no privilege. For virtual devices;
 *   most NICs want hugepages. Default size: 256 MB.
 * - `private`: hugepages of this process alone (`--in-memory`), given back when it ends however it ends.
 *   Needs hugepages to be reserved, nothing to be mounted.
 * - `shared`: hugepages in a hugetlbfs, visible to secondary processes such as dpdk-dumpcap and dpdk-proc-info.
 *
 * With hugepages, memory is taken when it is needed; `megabytes` reserves it at the start.
 */
export type MemoryOptions =
  | { kind: 'no-huge'; megabytes?: number }
  | { kind: 'private'; megabytes?: number; megabytesPerSocket?: readonly number[] }
  | { kind: 'shared'; megabytes?: number; megabytesPerSocket?: readonly number[]; hugeDirectory?: string }

export type MemoryKind = MemoryOptions['kind']

/** Free hugepages of one size, as the kernel reports them. */
export interface FreeHugepages {
  kilobytes: number
  free: number
}

const NO_HUGE_MEGABYTES = 256
const MAX_MEGABYTES = 1024 * 1024

export function checkMemory(name: string, value: unknown): MemoryOptions {
  if (typeof value !== 'object' || value === null)
    throw invalidType(name, "an object: { kind: 'private' }", value)
  checkOptions(name, value, ['kind', 'megabytes', 'megabytesPerSocket', 'hugeDirectory'])
  const options = value as { kind?: unknown; megabytes?: unknown } & Record<string, unknown>
  const kind = checkOneOf(`${name}.kind`, options.kind, ['no-huge', 'private', 'shared'])
  const own = {
    'no-huge': [],
    private: ['megabytesPerSocket'],
    shared: ['megabytesPerSocket', 'hugeDirectory'],
  }
  checkOptions(name, value, ['kind', 'megabytes', ...own[kind]])
  const limits = { minimum: 1, maximum: MAX_MEGABYTES, unit: 'MB' }
  if (options.megabytes !== undefined) checkInteger(`${name}.megabytes`, options.megabytes, limits)
  if (options.megabytesPerSocket !== undefined) {
    checkArray(`${name}.megabytesPerSocket`, options.megabytesPerSocket, (element, megabytes) =>
      checkInteger(element, megabytes, { ...limits, minimum: 0 }),
    )
  }
  if (options.hugeDirectory !== undefined) checkString(`${name}.hugeDirectory`, options.hugeDirectory)
  return value as MemoryOptions
}

/**
 * What is taken when nothing was asked for: private hugepages where enough are free, otherwise ordinary pages, so
 * that a program starts on a machine where nothing was set up. Pages of 1 GB do not count: JavaScript would see all of
 * each.
 */
export function defaultMemory(hugepages: readonly FreeHugepages[]): MemoryOptions {
  const enough = hugepages.some(
    ({ kilobytes, free }) => kilobytes <= 2048 && (kilobytes * free) / 1024 >= NO_HUGE_MEGABYTES,
  )
  return enough ? { kind: 'private' } : { kind: 'no-huge', megabytes: NO_HUGE_MEGABYTES }
}

/** Refuses ordinary memory that the machine does not have: EAL itself would take it and crash on its first use. */
export function checkAvailable(memory: MemoryOptions, availableMegabytes: number): void {
  const wanted = memory.megabytes ?? NO_HUGE_MEGABYTES
  if (memory.kind !== 'no-huge' || wanted <= availableMegabytes) return
  throw new DpdkError(
    `${wanted} MB of memory were asked for, and ${Math.floor(availableMegabytes)} MB are available`,
    {
      code: 'ERR_DPDK_NOT_ENOUGH_MEMORY',
      hint: "Ask for less: memory: { kind: 'no-huge', megabytes: … } (-m), 64 or more. A container's limit counts too.",
    },
  )
}

export function memoryArguments(memory: MemoryOptions): string[] {
  switch (memory.kind) {
    case 'no-huge':
      // Nobody can attach to this memory, so there is no point in the files that would describe it.
      return ['--no-huge', '-m', String(memory.megabytes ?? NO_HUGE_MEGABYTES), '--no-shconf']
    case 'private':
      // One descriptor for all pages: virtio-user and vhost take only a few memory regions.
      return ['--in-memory', '--single-file-segments', ...sizeArguments(memory)]
    case 'shared':
      return [
        '--proc-type=primary',
        ...sizeArguments(memory),
        ...(memory.hugeDirectory === undefined ? [] : ['--huge-dir', memory.hugeDirectory]),
      ]
  }
}

function sizeArguments(memory: { megabytes?: number; megabytesPerSocket?: readonly number[] }): string[] {
  if (memory.megabytesPerSocket !== undefined) return ['--socket-mem', memory.megabytesPerSocket.join(',')]
  return memory.megabytes === undefined ? [] : ['-m', String(memory.megabytes)]
}

/** Reads `/sys/kernel/mm/hugepages`; empty where the kernel has no hugepages. */
export function freeHugepages(directory = '/sys/kernel/mm/hugepages'): FreeHugepages[] {
  try {
    return readdirSync(directory).map((size) => ({
      kilobytes: Number(size.match(/^hugepages-(\d+)kB$/)?.[1] ?? 0),
      free: Number(readFileSync(`${directory}/${size}/free_hugepages`, 'utf8')),
    }))
  } catch {
    return []
  }
}
