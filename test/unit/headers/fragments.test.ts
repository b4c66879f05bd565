import { describe, expect, it } from 'vitest'
import {
  dns,
  ethernet,
  Frame,
  fragment,
  ipv4,
  ipv6,
  type Layer,
  payload,
  tcp,
  trailer,
  udp,
} from '../../../lib/packets.js'

const question = dns({ questions: [{ name: 'example.org', type: 'A' }] })

/** The first of several fragments: IP has the start of the message, the rest is cut off. */
const firstOf: Record<string, (...message: Layer[]) => Frame> = {
  IPv4: (...message) => Frame.build(ethernet(), ipv4({ moreFragments: true }), ...message),
  IPv6: (...message) => Frame.build(ethernet(), ipv6(), fragment({ moreFragments: true }), ...message),
}

describe.each(Object.entries(firstOf))('the first fragment over %s', (_, build) => {
  it('has the UDP header, whose length is that of the whole message', () => {
    const frame = build(udp({ length: 4000, checksum: 0x1234 }), payload('the start of it'))
    expect(frame.malformed).toBeUndefined()
    expect(frame.udp?.length).toBe(4000)
    expect(Buffer.from(frame.udp?.payload ?? []).toString()).toBe('the start of it')
  })

  it.each([
    ['UDP', udp({ length: 60, checksum: 0x1234 })],
    ['TCP', tcp({ checksum: 0x1234 })],
  ])('refuses to compute the checksum of %s, which covers the other fragments', (_, header) => {
    const frame = build(header, payload('the start of it'))
    const message = frame.udp ?? frame.tcp
    expect(message?.hasValidChecksum()).toBeUndefined()
    expect(() => message?.updateChecksum()).toThrow(/one fragment.*a fragment/)
    expect(frame.hasValidChecksums()).toBe(true)
    frame.updateChecksums()
    expect(message?.checksum).toBe(0x1234)
  })

  it('keeps a checksum right when a port is replaced', () => {
    const frame = build(udp({ length: 60, checksum: 0x1234 }), payload('the start of it'))
    frame.udp?.replaceDestinationPort(1000)
    frame.udp?.replaceDestinationPort(9)
    expect(frame.udp?.checksum).toBe(0x1234)
  })

  it('is not asked for what is in the message: the rest is missing', () => {
    const frame = build(udp({ length: 4000, checksum: 0 }), question, trailer(new Uint8Array(4)))
    expect(frame.udp?.destinationPort).toBe(53)
    expect(frame.dns).toBeUndefined()
    expect(frame.malformed).toBeUndefined()
  })
})

it('a fragment that is all of the message is a whole one', () => {
  const frame = Frame.build(ethernet(), ipv6(), fragment({ moreFragments: false }), udp(), question)
  expect(frame.dns?.questions[0]?.name).toBe('example.org')
  expect(frame.udp?.hasValidChecksum()).toBe(true)
})
