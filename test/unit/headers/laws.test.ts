// What holds of every protocol: each of the table in test/support/packets/protocols.ts is tried.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layersOf } from '../../../lib/packet/builders/parse.js'
import type { Header } from '../../../lib/packet/headers/header.js'
import { DEEPEST_TUNNEL } from '../../../lib/packet/layers.js'
import { ethernet, Frame, ipv4 } from '../../../lib/packets.js'
import {
  accessors,
  changed,
  expectBounded,
  observe,
  oddBytes,
  SurroundedPacket,
} from '../../support/packets/observe.js'
import { PROTOCOLS } from '../../support/packets/protocols.js'
import { buildStack, buildWithLast, type Stack, stacks, stacksTo } from '../../support/packets/stacks.js'

const RUNS = { numRuns: 400 }

/** Stacks that were tried, so that a protocol which never came up shows. */
function seen(stack: Stack, names: Set<string>): void {
  for (const { name } of stack.layers) names.add(name)
}

function faults(frame: Frame): string[] {
  const found: string[] = []
  for (let packet: Frame | Frame['inner'] = frame; packet !== undefined; packet = packet.inner) {
    if (packet.malformed !== undefined) found.push(packet.malformed)
  }
  return found
}

describe('a packet that was built', () => {
  it('has the headers and the fields that it was built of', () => {
    const names = new Set<string>()
    fc.assert(
      fc.property(stacks, (stack) => {
        seen(stack, names)
        const frame = buildStack(stack)
        const headers = frame.headers()
        expect(headers.map(({ name }) => name)).toEqual(stack.layers.map(({ name }) => name))
        expect(headers.map((header) => header.toJSON())).toMatchObject(
          stack.layers.map(({ fields }) => fields),
        )
        expect(faults(frame)).toEqual([])
        expect(Buffer.from(headers.at(-1)?.payload ?? [])).toEqual(Buffer.from(stack.payload))
      }),
      RUNS,
    )
    expect([...names].sort()).toEqual(Object.keys(PROTOCOLS).sort())
  })

  it('has right checksums', () => {
    fc.assert(
      fc.property(stacks, (stack) => {
        const checked = buildStack(stack)
          .headers()
          .filter(
            (header): header is Header & { hasValidChecksum(): boolean } => 'hasValidChecksum' in header,
          )
        expect(checked.filter((header) => !header.hasValidChecksum()).map(String)).toEqual([])
      }),
      RUNS,
    )
  })

  it('is built again of its layers, to the byte', () => {
    fc.assert(
      fc.property(stacks, fc.uint8Array({ maxLength: 20 }), (stack, padding) => {
        const frame = new Frame(Buffer.concat([buildStack(stack).bytes, padding]))
        const again = Frame.build(...layersOf(frame))
        expect(Buffer.from(again.bytes)).toEqual(Buffer.from(frame.bytes))
      }),
      RUNS,
    )
  })
})

function setEverything(packet: SurroundedPacket, value: number): void {
  for (const header of packet.headers()) {
    const setters = accessors(header).filter(([, { set }]) => set !== undefined)
    for (const [, { get, set }] of setters) {
      const isFlag = typeof get?.call(header) === 'boolean'
      set?.call(header, isFlag ? value !== 0 : value)
    }
  }
}

const starts = fc.integer({ min: 61, max: 64 })
const changes = fc.array(fc.tuple(fc.nat(), oddBytes), { minLength: 1, maxLength: 6 })

describe('whatever the bytes are, nothing is read or written outside of the packet, and nothing throws', () => {
  it('when it is cut off, anywhere', () => {
    fc.assert(
      fc.property(stacks, starts, (stack, start) => {
        const { bytes } = buildStack(stack)
        for (let length = 0; length < bytes.length; length++) {
          expectBounded(bytes.subarray(0, length), start)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('when some bytes are others', () => {
    fc.assert(
      fc.property(stacks, starts, changes, (stack, start, list) => {
        expectBounded(changed(buildStack(stack).bytes, list), start)
      }),
      { numRuns: 1000 },
    )
  })

  it('when every field is set, to the lowest and to the highest', () => {
    fc.assert(
      fc.property(stacks, starts, changes, (stack, start, list) => {
        const packet = new SurroundedPacket(changed(buildStack(stack).bytes, list), 0xa5, start)
        for (const value of [0xffffffff, 0]) {
          setEverything(packet, value)
          observe(packet)
        }
        expect(packet.surroundings.every((byte) => byte === 0xa5)).toBe(true)
      }),
      RUNS,
    )
  })

  it('when it is noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), starts, (bytes, start) => {
        expectBounded(bytes, start)
      }),
      RUNS,
    )
  })
})

describe.each(Object.keys(PROTOCOLS))('nor of a packet whose last layer is %s', (name) => {
  const lastLayer = (frame: Frame) => {
    const last = frame.headers().at(-1) as Header
    return frame.bytes.subarray(last.payload.byteOffset - frame.bytes.byteOffset - last.headerLength)
  }

  it('when that is cut off, and the layers in front of it say so', () => {
    fc.assert(
      fc.property(stacksTo(name), starts, (stack, start) => {
        const layer = lastLayer(buildStack(stack))
        for (let length = 0; length < layer.length; length++) {
          expectBounded(buildWithLast(stack, layer.subarray(0, length)).bytes, start)
        }
      }),
      { numRuns: 4 },
    )
  })

  it('when bytes of that are others, and it is cut off too', () => {
    fc.assert(
      fc.property(stacksTo(name), starts, changes, fc.nat(), (stack, start, list, length) => {
        const layer = changed(lastLayer(buildStack(stack)), list)
        expectBounded(buildWithLast(stack, layer.subarray(0, length % (layer.length + 1))).bytes, start)
      }),
      { numRuns: 100 },
    )
  })
})

describe('tunnels in tunnels', () => {
  it('are followed up to a depth, and the rest is payload', () => {
    const frame = Frame.build(ethernet(), ...Array.from({ length: 40 }, () => ipv4()), 'deep')
    expect(frame.headers()).toHaveLength(1 + 1 + DEEPEST_TUNNEL)
    expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
  })
})
