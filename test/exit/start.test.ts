// How EAL fails to start. Each attempt spoils EAL for its process, so each has one of its own.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { EalOptions } from 'dpdk-node'
import { beforeAll, describe, expect, test } from 'vitest'
import { useTemporaryFolder } from '../support/eal.js'
import { freeHugepages, Hugetlbfs, useHugepages } from '../support/hugepages.js'
import { startScript } from '../support/program.js'
import { filesIn, filesLeft } from './runtime-files.js'

const script = fileURLToPath(new URL('./programs/start.ts', import.meta.url))
const folder = useTemporaryFolder()

interface Attempt {
  open?: boolean
  name?: string
  message?: string
  code?: string
  hint?: string
  log?: string[]
  syscall?: string
}

const good: EalOptions = { memory: { kind: 'no-huge', megabytes: 64 } }

/** Starts EAL with each of the options in turn, in one process, which must then end by itself and leave nothing. */
async function attempt(...options: EalOptions[]): Promise<Attempt[]> {
  const args = options.map((each) => JSON.stringify(each))
  await using program = startScript(script, args, { env: filesIn(folder) })
  const { stdout } = await program.success()
  expect(filesLeft(folder)).toEqual([])
  // EAL prints its usage, too, when it refuses an argument.
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line))
}

describe('EAL that fails to start', () => {
  test.each([
    {
      what: 'an unknown virtual device',
      options: { ...good, vdevs: ['net_foo0,x=1'] },
      code: 'ERR_DPDK_DEVICE_NOT_FOUND',
      log: /net_foo0/,
      hint: /Check the spelling of 'net_foo'/,
    },
    {
      what: 'a device that its driver refuses',
      options: { ...good, vdevs: ['net_null0', 'net_pcap0'] },
      code: 'ERR_DPDK_DEVICE_NOT_ATTACHED',
      log: /no rx or tx queues provided/i,
      hint: /The driver of net_pcap0 refused it/,
    },
    {
      what: 'more memory than there are hugepages',
      options: { memory: { kind: 'private', megabytes: 1_000_000 } } satisfies EalOptions,
      code: /^ERR_DPDK_(NOT_ENOUGH_MEMORY|NO_FREE_HUGEPAGES)$/,
      log: /hugepage|memory/i,
      hint: /Reserve|reserve/,
    },
    {
      what: 'an argument that EAL itself refuses',
      options: { ...good, extraArguments: ['--iova-mode=nonsense'] },
      code: 'ERR_DPDK_EAL_INIT_FAILED',
      log: /iova/i,
      hint: undefined,
    },
  ])('because of $what says so: code, log lines, hint; and cannot be started again', async (each) => {
    const [first, second] = await attempt(each.options, good)
    expect(first).toMatchObject({
      name: 'DpdkError',
      code: expect.stringMatching(each.code),
      syscall: 'rte_eal_init',
    })
    expect(first?.log?.join('\n')).toMatch(each.log)
    if (each.hint) expect(first?.hint).toMatch(each.hint)
    expect(second).toMatchObject({
      name: 'DpdkError',
      code: 'ERR_DPDK_EAL_SPENT',
      hint: expect.stringContaining('start a new process'),
    })
  })
})

describe('EAL is not even touched', () => {
  const cases = [
    {
      what: 'a CPU that this process may not use',
      options: { lcores: [127] },
      error: { code: 'ERR_DPDK_LCORE_UNAVAILABLE', hint: /This process may use CPU \d/ },
    },
    {
      what: 'such a CPU among raw arguments',
      options: { extraArguments: ['-l', '127'] },
      error: { code: 'ERR_DPDK_LCORE_UNAVAILABLE', hint: /This process may use CPU \d/ },
    },
    {
      what: 'more ordinary memory than the machine has',
      options: { memory: { kind: 'no-huge', megabytes: 1_000_000 } },
      error: { code: 'ERR_DPDK_NOT_ENOUGH_MEMORY', hint: /Ask for less/ },
    },
    ...['--help', '-h', '--he', '-vh'].map((argument) => ({
      what: `${argument}, at which EAL would end the process`,
      options: { extraArguments: [argument] },
      error: { code: 'ERR_DPDK_EAL_HELP', hint: /EAL would end the process/ },
    })),
    {
      what: 'an argument that is none',
      options: { extraArguments: ['--nonsense'] },
      error: { code: 'ERR_DPDK_EAL_ARGUMENTS', hint: /EAL options: https/ },
    },
    {
      what: 'arguments that contradict options',
      options: { lcores: [0], extraArguments: ['-l', '0'] },
      error: { code: 'ERR_DPDK_EAL_ARGUMENTS', hint: /one place/ },
    },
    {
      what: 'an lcore that is none',
      options: { lcores: ['one'] },
      error: {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^options\.lcores\[0\] must be a CPU number or { id, cpus }; received 'one'$/,
      },
    },
    {
      what: 'memory of an unknown kind',
      options: { memory: { kind: 'huge' } },
      error: {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_VALUE',
        message: /^options\.memory\.kind must be 'no-huge' or 'private' or 'shared'; received 'huge'$/,
      },
    },
    {
      what: 'an option that is none',
      options: { cores: [1] },
      error: {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_VALUE',
        message: /^options\.cores is not an option; known are lcores,/,
      },
    },
  ]
  let attempts: Attempt[]
  beforeAll(async () => {
    attempts = await attempt(...cases.map(({ options }) => ({ ...good, ...options }) as EalOptions), good)
  })

  test.each(cases.map(({ what, error }, index) => [what, index, error] as const))(
    'because of %s',
    (_, index, error) => {
      const { name = 'DpdkError', code, message = /./, hint } = { hint: undefined, ...error } as Expected
      expect(attempts[index]).toMatchObject({ name, code, message: expect.stringMatching(message) })
      if (hint) expect(attempts[index]?.hint).toMatch(hint)
    },
  )

  test('so it can still be started', () => {
    expect(attempts.at(-1)).toMatchObject({ open: true })
  })
})

interface Expected {
  name?: string
  code: string
  message?: RegExp
  hint?: RegExp
}

test('EAL that was started cannot be started again', async () => {
  const [first, second] = await attempt(good, good)
  expect(first).toMatchObject({ open: true })
  expect(second).toMatchObject({ code: 'ERR_DPDK_EAL_OPEN', hint: expect.stringContaining('Eal.current') })
})

describe('with hugepages', () => {
  useHugepages(64)

  test('too much of them: both numbers are named', async () => {
    const free = freeHugepages()
    const [first] = await attempt({ memory: { kind: 'private', megabytes: 65536 }, pci: 'none' })
    expect(first).toMatchObject({ code: 'ERR_DPDK_NOT_ENOUGH_MEMORY' })
    expect(first?.log?.join('\n')).toMatch(/Not enough memory available/)
    expect(first?.hint).toMatch(/^65536 MB were asked for and \d+ MB are free/)
    expect(freeHugepages()).toBe(free)
  })

  const mounted = readFileSync('/proc/mounts', 'utf8').includes(' hugetlbfs ')
  test.skipIf(mounted)('but no hugetlbfs, where one is needed: the hint names the command', async () => {
    const [first] = await attempt({ memory: { kind: 'shared' }, pci: 'none' })
    expect(first).toMatchObject({
      code: 'ERR_DPDK_HUGETLBFS_NOT_MOUNTED',
      hint: expect.stringMatching(/kind: 'private'.*mount -t hugetlbfs/),
    })
    expect(first?.log?.join('\n')).toMatch(/no mounted hugetlbfs/)
  })

  test('too much of them, in a hugetlbfs: no file is left', async () => {
    using hugetlbfs = Hugetlbfs.mount()
    const free = freeHugepages()
    const memory = { kind: 'shared', megabytes: 65536, hugeDirectory: hugetlbfs.directory } as const
    const [first] = await attempt({ memory, pci: 'none' })
    expect(first).toMatchObject({ code: 'ERR_DPDK_NOT_ENOUGH_MEMORY' })
    expect(hugetlbfs.files()).toEqual([])
    expect(freeHugepages()).toBe(free)
  })

  test('shared under a prefix that another process has: the hint says so', async () => {
    using hugetlbfs = Hugetlbfs.mount()
    const free = freeHugepages()
    const options: EalOptions = {
      memory: { kind: 'shared', hugeDirectory: hugetlbfs.directory },
      pci: 'none',
      filePrefix: 'twice',
    }
    const holder = fileURLToPath(new URL('./programs/hold.ts', import.meta.url))
    await using program = startScript(holder, [JSON.stringify(options)], { env: filesIn(folder) })
    await program.line(/^open$/)

    await using other = startScript(script, [JSON.stringify(options)], { env: filesIn(folder) })
    const { stdout } = await other.success()
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'ERR_DPDK_FILE_PREFIX_IN_USE',
      hint: expect.stringMatching(/Another process holds .*twice.*filePrefix/),
    })
    // The one that has it goes on, and cleans up behind itself.
    expect(filesLeft(folder)).not.toEqual([])
    expect(hugetlbfs.files()).not.toEqual([])
    program.signal('SIGTERM')
    await program.success()
    expect(filesLeft(folder)).toEqual([])
    expect(hugetlbfs.files()).toEqual([])
    expect(freeHugepages()).toBe(free)
  })
})
