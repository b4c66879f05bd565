// The kit that users test their handlers with: one handler, the packets it gets, what it made of them.

import { fileURLToPath } from 'node:url'
import { DpdkError, type Handler } from 'dpdk-node'
import { readCaptureFile } from 'dpdk-node/pcap'
import { runHandler, type Verdict } from 'dpdk-node/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { numberedFrames, numberOf, swapped } from '../support/frames.js'
import 'dpdk-node/testing/vitest'

const office = fileURLToPath(new URL('../../examples/captures/office.pcap', import.meta.url))
const frames = numberedFrames(1200)
const some = frames.slice(0, 6)

const toRight: Handler<'right'> = (batch, { right }) => {
  for (const packet of batch) packet.forward(right)
}

describe('a run', () => {
  test('has a verdict for every packet, and the frames of every output, in order', async () => {
    const run = await runHandler(
      (batch, { right }) => {
        batch.at(0).forward(right)
        batch.at(1).drop()
        batch.at(2).continue()
        batch.at(3).hold().forward(right)
        batch.at(5).copyTo(right)
      },
      { packets: some, outputs: ['right'] },
    )
    const kinds = ['forward', 'drop', 'continue', 'hold', 'unhandled', 'unhandled']
    expect(run.verdicts.map(({ kind }) => kind)).toEqual(kinds)
    expect(run.verdicts[0]).toEqual({ kind: 'forward', output: 'right' })
    expect(run.inputs).toEqualFrames(some)
    expect(run.outputs.right.map(numberOf).sort()).toEqual([0, 3, 5])
    expect(run.continued).toEqualFrames(some.slice(2, 3))
    expect(run.counters).toMatchObject({ delivered: 6n, forwarded: 1n, held: 1n, sentForwarded: 2n })
    expect(run.audit).toMatchObject({ ok: true, buffers: { known: 0n } })
    expect(run.errors).toEqual([])
  })

  test('tells packets with equal bytes apart', async () => {
    const [frame] = frames as [Uint8Array]
    let number = 0
    const run = await runHandler(
      (batch, { right }) => {
        for (const packet of batch) if (number++ % 3 === 0) packet.forward(right)
      },
      { packets: Array(300).fill(frame), outputs: ['right'] },
    )
    const kinds = run.verdicts.map(({ kind }) => kind)
    expect(kinds).toEqual(frames.slice(0, 300).map((_, index) => (index % 3 === 0 ? 'forward' : 'unhandled')))
    expect(run.outputs.right).toHaveLength(100)
  })

  test('on a capture file has what is in it', async () => {
    const run = await runHandler(toRight, { packets: office, outputs: ['right'] })
    expect(run).toForwardTo(
      'right',
      readCaptureFile(office).map(({ bytes }) => bytes),
    )
  })

  test('has what came in as it came, and what went out as it was changed', async () => {
    const run = await runHandler(
      (batch, { right }) => {
        for (const packet of batch) {
          packet.bytes.set(swapped(packet.bytes.slice()))
          packet.forward(right)
        }
      },
      { packets: frames, outputs: ['right'] },
    )
    expect(run.inputs).toEqualFrames(frames)
    expect(run).toForwardTo('right', frames.map(swapped))
  })

  test('takes packets of several buffers', async () => {
    const long = numberedFrames(20, { shortest: 1500, longest: 9728 })
    expect(await runHandler(toRight, { packets: long, outputs: ['right'] })).toForwardTo('right', long)
  })

  test('on no packets ends at once', async () => {
    const run = await runHandler(toRight, { packets: [], outputs: ['right'] })
    expect(run).toMatchObject({ verdicts: [], outputs: { right: [] } })
  })
})

describe('outputs', () => {
  test('can be sets, and the port that the packets come by', async () => {
    const run = await runHandler(
      (batch, { others, back }) => {
        for (const packet of batch) packet.forward(numberOf(packet.bytes) === 0 ? back : others)
      },
      {
        packets: some,
        input: 'left',
        outputs: { back: 'left', others: ['left', 'right', 'uplink'] },
      },
    )
    expect(run.outputs.left).toEqualFrames(some.slice(0, 1))
    expect(run.outputs.right).toEqualFrames(some.slice(1))
    expect(run.outputs.uplink).toEqualFrames(some.slice(1))
    expect(run.verdicts[1]).toForwardTo('others')
  })

  test('that are a set of the ingress port alone get nothing', async () => {
    const run = await runHandler(
      (batch, { all }) => {
        for (const packet of batch) packet.forward(all)
      },
      { packets: some, input: 'left', outputs: { all: ['left'] } },
    )
    expect(run.outputs.left).toEqual([])
    expect(run.counters.noMember).toBe(6n)
  })
})

describe('batches', () => {
  async function lengths(options: { batchLimit?: number; atOnce?: number; ringSize?: number }) {
    const lengths: number[] = []
    const handler: Handler = (batch) => void lengths.push(batch.length)
    await runHandler(handler, { packets: frames, ...options })
    return lengths
  }

  test.each([
    [{}, [...Array(18).fill(64), 48]],
    [{ batchLimit: 100 }, Array(12).fill(100)],
    [{ batchLimit: 1 }, Array(1200).fill(1)],
    [{ batchLimit: 5000 }, [1200]],
    [{ atOnce: 250 }, [64, 64, 64, 58, 64, 64, 64, 58, 64, 64, 64, 58, 64, 64, 64, 58, 64, 64, 64, 8]],
  ])('with %o are the same in every run', async (options, expected) => {
    expect(await lengths(options)).toEqual(expected)
    expect(await lengths(options)).toEqual(expected)
  })

  test('in a ring that is too small for all at once lose nothing', async () => {
    const sum = (await lengths({ ringSize: 64 })).reduce((sum, length) => sum + length, 0)
    expect(sum).toBe(1200)
  })
})

describe('a handler that throws', () => {
  const throwing: Handler<'right'> = (batch, { right }) => {
    batch.at(0).forward(right)
    throw new RangeError('boom')
  }

  test('fails the run with its error', async () => {
    const run = runHandler(throwing, { packets: some, outputs: ['right'] })
    await expect(run).rejects.toMatchObject({
      code: 'ERR_DPDK_HANDLER_THREW',
      cause: expect.objectContaining({ message: 'boom' }),
    })
  })

  test('is observed with `errors: collect`', async () => {
    const options = { packets: some, outputs: ['right'], errors: 'collect', onError: 'continue' } as const
    const run = await runHandler(throwing, options)
    const kinds = ['forward', 'failed', 'failed', 'failed', 'failed', 'failed']
    expect(run.verdicts.map(({ kind }) => kind)).toEqual(kinds)
    expect(run.continued).toEqualFrames(some.slice(1))
    expect(run.errors[0]).toBeInstanceOf(DpdkError)
  })

  test('that returns a promise too', async () => {
    const promising = () => Promise.resolve()
    const run = await runHandler(promising as unknown as Handler, { packets: some, errors: 'collect' })
    expect(run.verdicts.every(({ kind }) => kind === 'failed')).toBe(true)
    expect(run.errors[0]?.code).toBe('ERR_DPDK_ASYNCHRONOUS_HANDLER')
  })
})

describe('time', () => {
  afterEach(() => void vi.useRealTimers())

  test('that a handler waits for is waited for', async () => {
    const run = await runHandler(
      (batch, { right }) => {
        for (const packet of batch) {
          const held = packet.hold()
          setTimeout(() => held.forward(right), 50)
        }
      },
      { packets: some, outputs: ['right'] },
    )
    expect(run.outputs.right).toEqualFrames(some)
    expect(run.verdicts).toEqual(some.map((): Verdict => ({ kind: 'hold' })))
  })

  test('has a limit, for what is held for ever', async () => {
    const held: unknown[] = []
    const run = await runHandler(
      (batch) => {
        for (const packet of batch) held.push(packet.hold())
      },
      { packets: some, timeoutMs: 20 },
    )
    expect(held).toHaveLength(6)
    expect(run.counters).toMatchObject({ held: 6n, heldNow: 0n })
  })

  test('is the test’s own with fake timers, and packets flow on', async () => {
    vi.useFakeTimers({ now: 1_000_000 })
    const times: number[] = []
    const run = await runHandler(
      (batch, { right }) => {
        for (const packet of batch) {
          times.push(Date.now(), performance.now())
          packet.forward(right)
        }
      },
      { packets: some, outputs: ['right'] },
    )
    expect(run).toForwardTo('right', some)
    expect(new Set(times)).toEqual(new Set([1_000_000, 0]))
  })
})

describe('a handler module', () => {
  const module = new URL('./handlers/forward-all.js', import.meta.url)

  test('runs in a Worker', async () => {
    const run = await runHandler(module, { packets: frames, outputs: ['out'], data: { swap: true } })
    expect(run).toForwardTo('out', frames.map(swapped))
    expect(run.inputs).toEqualFrames(frames)
  })

  test('that throws there fails the run likewise', async () => {
    const trouble = new URL('./handlers/throw-at.js', import.meta.url)
    const options = { packets: some, data: { at: 2 } }
    await expect(runHandler(trouble, options)).rejects.toMatchObject({ code: 'ERR_DPDK_HANDLER_THREW' })
    const { verdicts } = await runHandler(trouble, { ...options, errors: 'collect' })
    const kinds = ['drop', 'drop', 'failed', 'failed', 'failed', 'failed']
    expect(verdicts.map(({ kind }) => kind)).toEqual(kinds)
  })
})

describe('refused are', () => {
  const packets = some
  test.each([
    ['an option that is none', { packets, outputz: [] }, /options.outputz is not an option; known are/],
    ['no packets', {}, /options.packets must be frames/],
    ['an output without a name', { packets, outputs: [''] }, /options.outputs\[0\] must be/],
    ['a port name that is none', { packets, outputs: { right: 'a b' } }, /must be a name of letters/],
    [
      'something else as outputs',
      { packets, outputs: 'right' },
      /options.outputs must be the outputs' names/,
    ],
    ['a batch limit of nothing', { packets, batchLimit: 0 }, /options.batchLimit must be/],
    ['too many at once', { packets, atOnce: 5000 }, /options.atOnce must be an integer from 1 to 4096/],
    ['a file that is not there', { packets: 'none.pcap' }, /none.pcap cannot be used/],
  ])('%s', async (_, options, message) => {
    await expect(runHandler(() => {}, options as never)).rejects.toThrow(message)
  })
})
