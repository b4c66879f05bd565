import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arp } from '../../lib/packet/builders/arp.js'
import { ethernet } from '../../lib/packet/builders/ethernet.js'
import { icmp } from '../../lib/packet/builders/icmp.js'
import { ipv4 } from '../../lib/packet/builders/ipv4.js'
import { ipv6 } from '../../lib/packet/builders/ipv6.js'
import { fragment, mobility } from '../../lib/packet/builders/ipv6-extensions.js'
import { udp } from '../../lib/packet/builders/udp.js'
import { Frame } from '../../lib/packet/frame.js'
import { Layers } from '../../lib/packet/layers.js'
import { allocatePacketMemory } from '../../lib/packet/memory.js'
import { scapyFrames } from '../support/judge/scapy.js'

/** The first segment of a packet that goes on for `beyond` bytes. */
class FirstSegment extends Layers {
  readonly #length: number
  readonly #beyond: number

  constructor(bytes: Uint8Array, beyond: number) {
    const memory = allocatePacketMemory(bytes.length)
    super(memory)
    memory.bytes.set(bytes)
    this.#length = bytes.length
    this.#beyond = beyond
  }

  protected get frameStart(): number {
    return 0
  }

  protected get frameEnd(): number {
    return this.#length
  }

  protected get frameExtent(): number {
    return this.#length + this.#beyond
  }
}

describe('the checksums of a packet', () => {
  it.each(['icmp', 'igmp', 'icmpv6', 'neighbour', 'listener', 'ipv6'])(
    'are right in what scapy made, found wrong, and made right again: %s',
    (kind) => {
      for (const original of scapyFrames(300, 3, kind)) {
        const frame = new Frame(original)
        expect(frame.hasValidChecksums()).toBe(true)
        const checked = frame.headers().filter((header) => 'checksum' in header)
        for (const header of checked) {
          const of = header as unknown as { checksum: number }
          const right = of.checksum
          of.checksum = right ^ 0x0101
          expect(frame.hasValidChecksums()).toBe(false)
          frame.updateChecksums()
          expect(of.checksum).toBe(right)
        }
        expect(frame.equals(original)).toBe(true)
      }
    },
  )

  it('notice a change anywhere in what they cover', () => {
    const frame = Frame.build(ethernet(), ipv6(), udp(), 'covered')
    fc.assert(
      fc.property(
        fc.integer({ min: 14 + 8, max: frame.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, bits) => {
          const changed = new Frame(frame.bytes)
          changed.bytes[at] = (changed.bytes[at] as number) ^ bits
          expect(changed.hasValidChecksums()).toBe(false)
        },
      ),
    )
  })

  it('are not wrong where there are none', () => {
    expect(Frame.build(ethernet(), arp()).hasValidChecksums()).toBe(true)
    expect(Frame.build(ethernet({ etherType: 0x88b5 }), 'x').hasValidChecksums()).toBe(true)
    expect(Frame.build(ethernet(), ipv4({ protocol: 253 }), 'x').hasValidChecksums()).toBe(true)
    expect(Frame.build(ethernet(), ipv4(), udp({ checksum: 0 })).hasValidChecksums()).toBe(true)
    expect(Frame.build(ethernet(), ipv6(), udp({ checksum: 0 })).hasValidChecksums()).toBe(false)
  })

  it('are computed for UDP where there was none', () => {
    const frame = Frame.build(ethernet(), ipv4(), udp({ checksum: 0 }))
    frame.updateChecksums()
    expect(frame.equals(Frame.build(ethernet(), ipv4(), udp()))).toBe(true)
  })

  it('are wrong in a malformed packet', () => {
    expect(Frame.build(ethernet(), ipv4({ totalLength: 100 }), udp()).hasValidChecksums()).toBe(false)
    expect(Frame.build(ethernet(), ipv4(), udp({ length: 100 })).hasValidChecksums()).toBe(false)
    expect(Frame.build(ethernet(), ipv6({ nextHeader: 0 })).hasValidChecksums()).toBe(false)
  })

  it('leave the messages of fragments out', () => {
    for (const frame of [
      Frame.build(ethernet(), ipv4({ moreFragments: true }), icmp({ checksum: 1 }), 'fragment'),
      Frame.build(ethernet(), ipv6(), fragment({ moreFragments: true }), udp({ checksum: 1, length: 99 })),
    ]) {
      const before = Uint8Array.from(frame.bytes)
      expect(frame.hasValidChecksums()).toBe(true)
      frame.updateChecksums()
      expect(frame.equals(before)).toBe(true)
    }
    const whole = Frame.build(ethernet(), ipv6(), fragment(), udp({ checksum: 1 }))
    expect(whole.hasValidChecksums()).toBe(false)
  })

  it('are those of mobility headers too', () => {
    const frame = Frame.build(ethernet(), ipv6(), mobility({ checksum: 7 }))
    expect(frame.hasValidChecksums()).toBe(false)
    frame.updateChecksums()
    expect(frame.hasValidChecksums()).toBe(true)
  })

  it('are not computed over several segments', () => {
    const frame = Frame.build(ethernet(), ipv6(), udp(), 'in two segments')
    const segment = new FirstSegment(frame.bytes.subarray(0, 64), frame.length - 64)
    expect(segment.udp?.length).toBe(23)
    expect(segment.udp?.hasValidChecksum()).toBeUndefined()
    expect(segment.hasValidChecksums()).toBe(true)
    expect(() => segment.updateChecksums()).toThrow(/one segment.*several segments/)
  })
})
