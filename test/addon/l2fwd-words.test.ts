// What examples/l2fwd.ts says: what DPDK's l2fwd says, and more where that helps.

import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCaptureFile } from 'dpdk-node/pcap'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildExample, canBuildExamples } from '../reference/l2fwd.js'
import { useTemporaryFolder } from '../support/eal.js'
import { finalCounts, L2FWD, MODES, startL2fwd, tables, withoutTables } from '../support/l2fwd.js'
import { type Exit, Program } from '../support/program.js'
import { threads } from '../support/threads.js'

const folder = useTemporaryFolder()
const referenceFolder = useTemporaryFolder()
const office = fileURLToPath(new URL('../../examples/captures/office.pcap', import.meta.url))
const OFFICE_FRAMES = readCaptureFile(office).length
/** Sanitizers on a busy machine are slow; otherwise the test's own limit comes first. */
const PATIENCE_MS = 60_000
const reference = canBuildExamples()
const settings = { env: { RUNTIME_DIRECTORY: folder } }
let referenceProgram = ''

const SIGNAL = '\n\nSignal 2 received, preparing to exit...\n'

/** A user who may do nothing special: root has another one do it, who must be able to read this project. */
const NOBODY = 65534
const asNobody = process.getuid?.() === 0 ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []
const nobody = (() => {
  const script = fileURLToPath(new URL('../../examples/l2fwd.ts', import.meta.url))
  const usable = spawnSync('setpriv', [...asNobody, 'test', '-r', script]).status === 0
  return { usable, reason: usable ? '' : '(this folder cannot be read by others than root)' }
})()

beforeAll(async () => {
  if (reference.usable) referenceProgram = await buildExample('l2fwd')
}, 360_000)

/** EAL's arguments for so many devices that receive the capture once. */
function eal(devices: number, lcores = '1'): string[] {
  const names = Array.from({ length: devices }, (_, n) => `net_pcap${n}`)
  return ['-l', lcores, '--no-huge', '--no-pci', '-m', '64'].concat(
    names.flatMap((name) => ['--vdev', `${name},rx_pcap=${office}`]),
  )
}

/** Waits for its end, which comes by itself or, after something was printed, by a signal. */
async function untilEnd(
  program: Program,
  printed?: RegExp,
  signal: NodeJS.Signals = 'SIGINT',
): Promise<Exit> {
  try {
    if (printed) {
      await program.line(printed, PATIENCE_MS)
      program.signal(signal)
    }
    return await program.exit(PATIENCE_MS)
  } finally {
    await program[Symbol.asyncDispose]()
  }
}

const ours = (args: string[], printed?: RegExp) => untilEnd(startL2fwd(args, settings), printed)

/** What both programs do with the same arguments. */
async function both(args: string[], printed?: RegExp) {
  const theirs = new Program(referenceProgram, args, { env: { RUNTIME_DIRECTORY: referenceFolder } })
  return Promise.all([untilEnd(theirs, printed), ours(args, printed)])
}

/** Standard output without tables, and with a word for the usage, of which we have more. */
function words({ stdout }: Exit): string {
  return withoutTables(stdout.replaceAll('\x1b[2J\x1b[1;1H', '')).replace(
    /^\S+ \[EAL options\] -- -p PORTMASK \[-P\] \[-q NQ\]\n(.+\n)+\n/m,
    'USAGE\n',
  )
}

/** What the application writes to standard error; EAL writes there too. Lcores come in any order. */
function complaints({ stderr }: Exit): string[] {
  const lines = stderr.match(
    /^(EAL: Error.*| {2}Cause: .*|L2FWD: .*|\S+: \w+ option .*|\S+: option .*|Invalid .*)$/gm,
  )
  return (lines ?? []).map((line) => line.replace(/^\S+(?=: (\w+ )?option)/, 'PROGRAM')).sort()
}

describe.skipIf(!reference.usable)(
  `examples/l2fwd.ts says what DPDK's l2fwd says ${reference.reason}`,
  () => {
    it.each([
      { devices: 2, receiving: 2, lcores: '1', args: '-p 3 -q 2 -T 1' },
      { devices: 2, receiving: 2, lcores: '0,1', args: '-Pp 0x3 -q 2 -T 1 --no-mac-updating' },
      { devices: 4, receiving: 4, lcores: '0,1', args: '-T 1 -q 3 -p f' },
      { devices: 3, receiving: 3, lcores: '1', args: '-p7 -q15 -T1' },
      { devices: 4, receiving: 2, lcores: '1', args: '-p 9 -q 2 -T 1' },
      { devices: 4, receiving: 4, lcores: '1', args: '-p f -q 4 -T 1 --portmap=(3,0)(1,2)' },
      { devices: 4, receiving: 2, lcores: '1', args: '-p f -q 2 -T 1 --portmap (0x0,2)' },
      { devices: 1, receiving: 1, lcores: '1', args: '-p 1 -T 1 --portmap (0,0)' },
    ])('with $devices devices, -l $lcores -- $args', async ({ devices, receiving, lcores, args }) => {
      const all = new RegExp(`^Total packets received: +${receiving * OFFICE_FRAMES}$`)
      const [theirs, same] = await both([...eal(devices, lcores), '--', ...args.split(' ')], all)
      expect(same.code).toBe(0)
      // DPDK's program prints this in its signal handler, where it is lost when it interrupts another print.
      expect(words(same)).toContain(SIGNAL)
      expect(words(same).replace(SIGNAL, '')).toBe(words(theirs).replace(SIGNAL, ''))
      expect(complaints(same)).toEqual(complaints(theirs))
      expect(tables(same.stdout).at(-1)).toBe(tables(theirs.stdout).at(-1))
    })

    it.each([
      { devices: 2, args: '' },
      { devices: 2, args: '-- -p 0' },
      { devices: 2, args: '-- -p 7' },
      { devices: 2, args: '-- -p 3' },
      { devices: 0, args: '-- -p 3' },
      { devices: 2, args: '-- -p 3 -q 16' },
      { devices: 2, args: '-- -p 3 -T x -q x' },
      { devices: 2, args: '-- -p 3 -T -1' },
      { devices: 2, args: '-- -p 3 -T 86400' },
      { devices: 2, args: '-- -p 3 --portmap=(0,1' },
      { devices: 2, args: '-- -p 3 --portmap=(0,99)' },
      { devices: 2, args: '-- -p 3 --portmap=(0,5)' },
      { devices: 2, args: '-- -p 23 --portmap=(0,5)' },
      { devices: 2, args: '-- -p 3 --portmap=(0,1)(1,0)' },
      { devices: 2, args: '-- -p 3 -Z' },
      { devices: 2, args: '-- -p 3 --foo' },
      { devices: 2, args: '-- -p 3 -q' },
      { devices: 2, args: '-- -p 3 --portmap' },
      { devices: 2, args: '-- -p 3 --no-mac-updating=1' },
    ])('when it refuses $devices devices and $args', async ({ devices, args }) => {
      const [theirs, same] = await both([...eal(devices), ...args.split(' ').filter((word) => word !== '')])
      expect([same.code, theirs.code]).toEqual([1, 1])
      expect(words(same)).toBe(words(theirs))
      expect(complaints(same)).toEqual(complaints(theirs))
      expect(complaints(same)).toContain('EAL: Error - exiting with code: 1')
    })

    it('when EAL refuses', async () => {
      const [theirs, same] = await both([
        '-l',
        '1',
        '--no-huge',
        '--no-pci',
        '--vdev',
        'net_foo0',
        '--',
        '-p',
        '1',
      ])
      expect([same.code, theirs.code]).toEqual([1, 1])
      expect(complaints(same)).toEqual(complaints(theirs))
      expect(same.stderr).toMatch(/No driver answers to 'net_foo0'/)
    })
  },
)

describe('examples/l2fwd.ts', () => {
  it.each(MODES)('shows itself without arguments, --mode %s', async (mode) => {
    const { code, stdout, stderr } = await ours(['--', '--mode', mode])
    expect(code).toBe(0)
    const [, packets, milliseconds, rate] =
      stdout.match(/^Moved (\d+) packets in (\d+) ms: ([\d.]+) Mpps \(--mode (\w+)\)$/m)?.map(Number) ?? []
    const { total } = finalCounts(stdout)
    expect(total).toEqual({ sent: packets, received: packets, dropped: 0 })
    expect((packets as number) % (2 * OFFICE_FRAMES)).toBe(0)
    expect(rate).toBeCloseTo((packets as number) / (milliseconds as number) / 1000, 1)
    expect(stdout).toMatch(/\nBye\.\.\.\n$/)
    expect(stderr).not.toMatch(/error/i)
  })

  it('ends when asked to, also while it shows itself', async () => {
    const exit = await ours(['--', '--mode', 'workers'], /^Checking link status/)
    expect(exit.code).toBe(0)
    finalCounts(exit.stdout)
    expect(exit.stdout).toMatch(/^Signal 2 received, preparing to exit\.\.\.$/m)
    expect(exit.stdout).toMatch(/\nBye\.\.\.\n$/)
  })

  it('ends at SIGTERM', async () => {
    const program = startL2fwd([...eal(2), '--', '-p', '3', '-q', '2'], settings)
    const { code, stdout } = await untilEnd(program, /^Checking link status.*done$/, 'SIGTERM')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Signal 15 received, preparing to exit\.\.\.$/m)
  })

  it('ends while it waits for links', async () => {
    // Nobody is at the other end of this device.
    const socket = path.join(folder, 'memif.sock')
    const device = `net_memif0,role=server,socket=${socket},socket-abstract=no`
    const args = [...eal(0), '--vdev', device, '--', '-p', '1']
    const program = startL2fwd(args, settings)
    const { code, stdout } = await untilEnd(program, /^Checking link status\.{5}/)
    expect(code).toBe(0)
    expect(stdout).not.toContain('done\n')
    expect(stdout).toMatch(/\nBye\.\.\.\n$/)
  })

  it.each(MODES)('ends after --duration, having moved everything, --mode %s', async (mode) => {
    const args = [...eal(2), '--', '-p', '3', '-q', '2', '-T', '0', '--duration', '1', '--mode', mode]
    const { code, stdout } = await ours(args)
    expect(code).toBe(0)
    expect(tables(stdout)).toHaveLength(1)
    expect(finalCounts(stdout).total.received).toBe(2 * OFFICE_FRAMES)
  })

  it('shows the table at once, every -T seconds, and at the end', async () => {
    const { stdout } = await ours([...eal(1), '--', '-p', '1', '-T', '1', '--duration', '3'])
    expect(tables(stdout).length).toBeGreaterThanOrEqual(4)
    expect(stdout).not.toContain('\x1b')
  })

  it('takes the last CPUs without -l, as many as its ports need', async () => {
    const devices = eal(2).slice(2)
    const lcores = async (queues: string) => {
      const { stdout } = await ours([...devices, '--', '-p', '3', '-q', queues, '--duration', '1'])
      return [...stdout.matchAll(/^Lcore (\d+):/gm)].map(([, lcore]) => Number(lcore))
    }
    const last = threads()[0]?.cpus.at(-1) as number
    expect(await lcores('2')).toEqual([last, last])
    if (last > 0) expect(new Set(await lcores('1')).size).toBe(2)
  })

  it.each([
    { args: '', line: 'MAC updating enabled' },
    { args: '--no-mac-updating', line: 'MAC updating disabled' },
    { args: '--no-mac-updating --mac-updating', line: 'MAC updating enabled' },
    { args: '--mac-updating --no-mac-updating', line: 'MAC updating disabled' },
  ])('takes the last word on MAC updating: $args', async ({ args, line }) => {
    const { stdout } = await ours([...eal(0), '--', ...args.split(' ').filter((word) => word !== '')])
    expect(stdout).toBe(`${line}\n`)
  })

  it.each([
    { args: '-p 3 q 2', complaint: "unexpected argument 'q'" },
    { args: '-p 3 --portmap=x', complaint: 'Invalid config' },
    { args: '-p 3 --portmap=(010,1)', complaint: 'Invalid config' },
    { args: '-p 3 --mode turbo', complaint: 'invalid mode' },
    { args: '-p 3 --duration 0', complaint: 'invalid duration' },
  ])('refuses what would do something else than it says: $args', async ({ args, complaint }) => {
    const { code, stdout, stderr } = await ours([...eal(2), '--', ...args.split(' ')])
    expect(code).toBe(1)
    expect(stdout + stderr).toContain(complaint)
    expect(stdout).toContain('[EAL options] -- -p PORTMASK')
    expect(stderr).toContain('Cause: Invalid L2FWD arguments')
  })

  it('shows its usage', async () => {
    const { code, stdout } = await ours(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('[EAL options] -- -p PORTMASK')
  })

  it.skipIf(!nobody.usable).each(MODES)(`needs no privilege, --mode %s ${nobody.reason}`, async (mode) => {
    const home = mkdtempSync(path.join(tmpdir(), 'dpdk-node-nobody-'))
    try {
      if (asNobody.length > 0) chownSync(home, NOBODY, NOBODY)
      const env = { HOME: home, TMPDIR: home, XDG_RUNTIME_DIR: home }
      const node = [process.execPath, '--import', 'tsx', L2FWD, '--', '--mode', mode]
      const program = new Program('setpriv', [...asNobody, '--pdeathsig', 'KILL', ...node], { env })
      const { code, stdout } = await untilEnd(program)
      expect(code).toBe(0)
      expect(finalCounts(stdout).total.dropped).toBe(0)
      const left = readdirSync(home, { recursive: true }).map(String)
      expect(left.filter((file) => /^l2fwd-|^dpdk\//.test(file))).toEqual([])
    } finally {
      rmSync(home, { recursive: true })
    }
  })

  it('leaves no file behind', () => {
    expect(readdirSync(path.join(folder, 'dpdk'))).toEqual([])
  })
})
