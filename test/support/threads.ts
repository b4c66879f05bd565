import { readdirSync, readFileSync } from 'node:fs'

export interface Thread {
  id: number
  name: string
  cpus: number[]
  /** Or ready to run; it does not sleep. */
  isRunning: boolean
}

/** The threads of this process, Node's and native ones, as the kernel sees them. */
export function threads(): Thread[] {
  return readdirSync('/proc/self/task').flatMap((id) => {
    try {
      const name = readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim()
      const status = readFileSync(`/proc/self/task/${id}/status`, 'utf8')
      const field = (label: string) => status.match(new RegExp(`^${label}:\\s*(.*)$`, 'm'))?.[1] ?? ''
      return {
        id: Number(id),
        name,
        cpus: parseCpuList(field('Cpus_allowed_list')),
        isRunning: field('State').startsWith('R'),
      }
    } catch {
      return [] // it has just ended
    }
  })
}

/** The thread of an lcore; DPDK's releases call it by different names. */
export function lcoreThread(lcore: number): Thread | undefined {
  return threads().find(({ name }) => new RegExp(`^(rte|lcore|dpdk)-worker-?${lcore}$`).test(name))
}

/** As the kernel writes it: `0-2,8`. */
export function parseCpuList(text: string): number[] {
  return text.split(',').flatMap((range) => {
    const [first, last] = range.split('-').map(Number) as [number, number | undefined]
    return Array.from({ length: (last ?? first) - first + 1 }, (_, index) => first + index)
  })
}
