// On the same captures, examples/l2fwd.ts sends the same frames in the same order as DPDK's l2fwd.

import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  buildExample,
  canBuildExamples,
  type Forwarded,
  type ForwardOptions,
  forwardCaptures,
  forwardWithReference,
} from '../reference/l2fwd.js'
import { useTemporaryFolder } from '../support/eal.js'
import { hex } from '../support/frames.js'
import { finalCounts, MODES, type Mode, startL2fwd } from '../support/l2fwd.js'
import { run } from '../support/program.js'

const folder = useTemporaryFolder()
const office = fileURLToPath(new URL('../../examples/captures/office.pcap', import.meta.url))
const random = [1, 2, 3].map((seed) => ({ seed, file: path.join(folder, `random-${seed}.pcap`) }))
const captures = [office, ...random.map(({ file }) => file)]
const reference = canBuildExamples()

beforeAll(async () => {
  const script = fileURLToPath(new URL('../support/random-capture.py', import.meta.url))
  await Promise.all([
    buildExample('l2fwd'),
    ...random.map(({ seed, file }) =>
      run('/usr/bin/python3', [script, file, '700', String(seed)], { timeoutMs: 60_000 }),
    ),
  ])
}, 360_000)

const expectations = new Map<string, Promise<Forwarded>>()

/** DPDK's program runs once for all modes of ours. */
function expected(options: ForwardOptions): Promise<Forwarded> {
  const key = JSON.stringify(options)
  const known = expectations.get(key) ?? forwardWithReference(options)
  expectations.set(key, known)
  return known
}

async function expectSameFrames(mode: Mode, options: ForwardOptions): Promise<void> {
  const theirs = await expected(options)
  const ours = await forwardCaptures(
    (args, settings) => startL2fwd([...args, '--mode', mode], settings),
    options,
  )
  const frames = ({ sent }: Forwarded) => sent.map((port) => hex(port.map(({ bytes }) => bytes)))
  expect(frames(ours)).toEqual(frames(theirs))
  expect(finalCounts(ours.stdout).ports.map(({ sent }) => sent)).toEqual(
    theirs.sent.map(({ length }) => length),
  )
  expect(finalCounts(ours.stdout).total.dropped).toBe(0)
  expect(ours.files).toEqual([])
}

describe.skipIf(!reference.usable)(`the frames of DPDK's l2fwd ${reference.reason}`, () => {
  describe.each(MODES)('--mode %s', (mode) => {
    it.each([
      { lcores: '1', args: '-p f -q 4' },
      { lcores: '1', args: '-p f -q 4 --no-mac-updating' },
      { lcores: '0,1', args: '-p f -q 2' },
      { lcores: '0,1', args: '-p f -q 2 --no-mac-updating' },
      { lcores: '1', args: '-p f -q 4 --portmap=(0,2)(1,3)' },
      { lcores: '0,1', args: '-P -p f -q 3 --portmap (3,0)(0x2,1)' },
    ])('four ports: -l $lcores -- $args', async ({ lcores, args }) => {
      await expectSameFrames(mode, { captures, lcores, args: args.split(' ') })
    })

    it.each([
      { lcores: '1', args: '-p 3 -q 2' },
      { lcores: '0,1', args: '-p 3' },
    ])('two ports: -l $lcores -- $args', async ({ lcores, args }) => {
      await expectSameFrames(mode, { captures: captures.slice(0, 2), lcores, args: args.split(' ') })
    })

    it.each([
      { lcores: '1', args: '-p 7 -q 3' },
      { lcores: '0,1', args: '-p 7 -q 2 --no-mac-updating' },
    ])('an odd number of ports, the last to itself: -l $lcores -- $args', async ({ lcores, args }) => {
      await expectSameFrames(mode, { captures: captures.slice(1), lcores, args: args.split(' ') })
    })
  })
})
