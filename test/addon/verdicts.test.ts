import { forward, type Handler, type HandlerOutput, handle, type Packet, Port, type Program } from 'dpdk-node'
import { runHandler, type Verdict } from 'dpdk-node/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal, useTemporaryFolder } from '../support/eal.js'
import { hex, numberedFrames, numberOf } from '../support/frames.js'
import { until } from '../support/until.js'
import 'dpdk-node/testing/vitest'

useEal()
useAudit()

const folder = useTemporaryFolder()
const COUNT = 500
const frames = numberedFrames(COUNT)

const warnings: string[] = []
process.on('warning', ({ message }) => warnings.push(message))
afterAll(() => expect(warnings).toEqual([]))

async function untilAnswered(program: Program, count = COUNT) {
  await until('all packets are answered', () => {
    const { delivered = 0n, inFlight = 0n } = program.stats().actions[0]?.counters ?? {}
    return delivered === BigInt(count) && inFlight === 0n
  })
}

describe('a set of outputs', () => {
  test('gets every packet, but for the port it came from, without a copy', async () => {
    await using source = await CapturePort.open(frames)
    await using b = await CapturePort.open()
    await using c = await CapturePort.open()
    await using d = await CapturePort.open()
    const all = [source.port, b.port, c.port, d.port]
    const program = await source.port.rx.handle(
      (batch, { all }) => {
        for (const packet of batch) packet.forward(all)
      },
      { outputs: { all }, overflow: 'backpressure' },
    )
    for (const sink of [b, c, d]) expect(hex(await sink.sent(COUNT))).toEqual(hex(frames))
    expect(source.transmitted).toBe(0)
    await program.stop()
    expect(countersOf(program)).toMatchObject({ delivered: COUNT, forwarded: COUNT })
  })

  test('of the ingress port alone sends nothing, and counts that', async () => {
    await using source = await CapturePort.open(frames)
    const { port } = source
    const program = await port.rx.handle(
      (batch, { nobody }) => {
        for (const packet of batch) packet.forward(nobody)
      },
      { outputs: { nobody: [port] }, overflow: 'backpressure' },
    )
    await untilAnswered(program)
    await program.stop()
    expect(countersOf(program)).toMatchObject({ delivered: COUNT, noMember: COUNT })
    expect(source.transmitted).toBe(0)
  })

  test('a port by itself may be the one that the packet came from', async () => {
    await using source = await CapturePort.open(frames)
    const { port } = source
    await port.rx.handle(
      (batch, { port }) => {
        for (const packet of batch) packet.forward(port)
      },
      { outputs: { port }, overflow: 'backpressure' },
    )
    expect(hex(await source.sent(COUNT))).toEqual(hex(frames))
  })

  // virtio overwrites a packet's flags on receive: a clone of it would be a wild pointer.
  test('is safe between virtio-user and vhost, in both directions', async () => {
    const socket = `${folder}/vhost.sock`
    await using host = await Port.open(`net_vhost0,iface=${socket},queues=1`)
    await using guest = await Port.open(`net_virtio_user0,path=${socket},queues=1`)
    await using source = await CapturePort.open(frames)
    await using b = await CapturePort.open()
    await using c = await CapturePort.open()
    const flood: Handler<'all'> = (batch, { all }) => {
      for (const packet of batch) packet.forward(all)
    }
    await host.waitForLink()
    await guest.rx.handle(flood, { outputs: { all: [guest, b.port, c.port, source.port] } })
    // To the host port is to the guest, and once more around.
    const all = [source.port, host, b.port, c.port]
    await source.port.rx.handle(flood, { outputs: { all }, ringSize: 64, overflow: 'backpressure' })
    expect(hex(await source.sent(COUNT))).toEqual(hex(frames))
    for (const sink of [b, c]) {
      const sent = await sink.sent(2 * COUNT)
      expect(hex(sent).sort()).toEqual(hex([...frames, ...frames]).sort())
    }
  })
})

describe('the last decision about a packet', () => {
  type Decide = (packet: Packet, outputs: { right: HandlerOutput }) => void
  const toRight: Decide = (packet, { right }) => packet.forward(right)
  const away: Decide = (packet) => packet.drop()
  const goOn: Decide = (packet) => packet.continue()
  const hold: Decide = (packet) => void packet.hold()
  const cases: [string, string, Decide[]][] = [
    ['forward, drop', 'dropped', [toRight, away]],
    ['drop, forward', 'forwarded', [away, toRight]],
    ['forward, continue', 'continued', [toRight, goOn]],
    ['hold, forward', 'forwarded', [hold, toRight]],
    ['hold, drop', 'dropped', [hold, away]],
    ['hold, hold, continue', 'continued', [hold, hold, goOn]],
    ['forward, hold', 'held', [toRight, (packet) => packet.hold().drop()]],
  ]
  test.each(cases)('wins: %s is %s', async (_, counter, decisions) => {
    const { counters, verdicts } = await runHandler(
      (batch, outputs) => {
        for (const packet of batch) for (const decide of decisions) decide(packet, outputs)
      },
      { packets: frames, outputs: ['right'], holdLimit: 512 },
    )
    expect(counters).toMatchObject({ delivered: BigInt(COUNT), [counter]: BigInt(COUNT), reclaimed: 0n })
    const kinds: Record<string, Verdict['kind']> = {
      dropped: 'drop',
      forwarded: 'forward',
      continued: 'continue',
      held: 'hold',
    }
    expect(new Set(verdicts.map(({ kind }) => kind))).toEqual(new Set([kinds[counter]]))
  })
})

describe('packets without a decision', () => {
  test.each(['drop', 'continue'] as const)('are unhandled: %s', async (unhandled) => {
    const run = await runHandler(() => {}, { packets: frames, unhandled })
    expect(run.verdicts).toEqual(frames.map(() => ({ kind: 'unhandled' })))
    expect(run.counters).toMatchObject({ unhandled: BigInt(COUNT), failed: 0n })
    expect(run.continued).toEqualFrames(unhandled === 'continue' ? frames : [])
  })

  test.each(['drop', 'continue'] as const)('have failed when the handler throws: %s', async (onError) => {
    const run = await runHandler(
      (batch) => {
        batch.at(0).drop()
        throw new Error('boom')
      },
      { packets: frames, onError, unhandled: 'drop', batchLimit: 10, errors: 'collect' },
    )
    const isFirst = (_: unknown, index: number) => index % 10 === 0
    expect(run.verdicts).toEqual(frames.map((_, i) => ({ kind: isFirst(_, i) ? 'drop' : 'failed' })))
    expect(run.counters).toMatchObject({ dropped: 50n, failed: 450n, unhandled: 0n })
    const failed = frames.filter((frame, index) => !isFirst(frame, index))
    expect(run.continued).toEqualFrames(onError === 'continue' ? failed : [])
    expect(run.errors[0]?.code).toBe('ERR_DPDK_HANDLER_THREW')
  })
})

describe('a program behind a handler', () => {
  test('goes on with what the handler lets through, in order', async () => {
    await using source = await CapturePort.open(frames)
    await using even = await CapturePort.open()
    const program = await source.port.rx.run(
      handle(
        (batch, { even }) => {
          for (const packet of batch) {
            if (packet.getUint8(11) % 2 === 0) packet.forward(even)
            else packet.continue()
          }
        },
        { outputs: { even: even.port }, overflow: 'backpressure' },
      ),
      handle(
        (batch) => {
          for (const packet of batch) packet.continue()
        },
        { ringSize: 2048 },
      ),
      forward({ to: source.port }),
    )
    const odd = await source.sent(COUNT / 2)
    expect(odd.map(numberOf)).toEqual(frames.map(numberOf).filter((number) => number % 2 === 1))
    expect((await even.sent(COUNT / 2)).map(numberOf)).toEqual(
      frames.map(numberOf).filter((number) => number % 2 === 0),
    )
    await program.stop()
    expect(countersOf(program, 1)).toMatchObject({ delivered: COUNT / 2, continued: COUNT / 2 })
    expect(countersOf(program, 2)).toEqual({ forwarded: COUNT / 2 })
    expect(program.stats()).toMatchObject({ received: BigInt(COUNT), unclaimed: 0n })
  })
})

describe('a copy', () => {
  test('goes to another output, cut as wished, and leaves the packet alone', async () => {
    await using source = await CapturePort.open(frames)
    await using mirror = await CapturePort.open()
    const results: boolean[] = []
    const program = await source.port.rx.handle(
      (batch, { back, mirror }) => {
        for (const packet of batch) {
          results.push(packet.copyTo(mirror, { snapLength: 100 }))
          packet.setUint8(0, 0xee)
          packet.forward(back)
        }
      },
      {
        outputs: { back: source.port, mirror: mirror.port },
        overflow: 'backpressure',
        holdLimit: 1024,
        batchLimit: 32,
      },
    )
    const sent = await source.sent(COUNT)
    expect(hex(sent)).toEqual(hex(frames.map((frame) => Uint8Array.from([0xee, ...frame.subarray(1)]))))
    const copied = results.filter(Boolean).length
    const copies = await mirror.sent(copied)
    expect(hex(copies)).toEqual(
      hex(frames.filter((_, i) => results[i]).map((frame) => frame.subarray(0, 100))),
    )
    expect(copied).toBe(COUNT)
    await program.stop()
    expect(countersOf(program)).toMatchObject({ forwarded: COUNT, sentForwarded: COUNT })
  })

  test('is counted when there is no buffer for it', async () => {
    await using source = await CapturePort.open(frames)
    const program = await source.port.rx.handle(
      (batch, { back }) => {
        for (const packet of batch) expect(packet.copyTo(back)).toBe(false)
      },
      { outputs: { back: source.port }, overflow: 'backpressure', holdLimit: 0 },
    )
    await untilAnswered(program)
    await program.stop()
    expect(countersOf(program)).toMatchObject({ unhandled: COUNT, notCopied: COUNT })
  })
})
