// Reads fields of headers again and again, and says how much the heap grew by: read-fields.js NAME
// Node must run it with --expose-gc and a young generation so large that nothing is collected meanwhile.

import { getHeapStatistics } from 'node:v8'
import { ethernet, Frame, gre, gtpU, ipv4, ipv6, mpls, tcp, udp, vlanTag, vxlan } from 'dpdk-node/packets'

const TIMES = 2_000_000

// As numbers they are 2 ** 31 and more. Such a number needs an object of 16 bytes where it goes from one function to
// another that V8 has not compiled into one. Here it has: what a getter gives is used at once.
const addresses = { source: '192.0.2.1', destination: '198.51.100.1' }
const plain = Frame.build(ethernet(), vlanTag({ id: 5 }), ipv4(addresses), udp(), 'payload')
const inIpv6 = Frame.build(
  ethernet(),
  ipv6({ hopLimit: 9 }),
  tcp({
    sequenceNumber: 0xf0000000,
    options: [{ kind: 'nop' }, { kind: 'maximumSegmentSize', value: 1460 }],
  }),
  'payload',
)
const inVxlan = Frame.build(ethernet(), ipv4(addresses), udp(), vxlan({ vni: 7 }), ...plain.layers())
const inMpls = Frame.build(
  ethernet(),
  mpls(),
  mpls(),
  ipv4(addresses),
  gre({ key: 5 }),
  ipv4(addresses),
  udp(),
  'x',
)
const inGtp = Frame.build(ethernet(), ipv4(addresses), udp(), gtpU(), ipv4(addresses), udp(), 'x')

// They return small numbers, which are no objects.
/** @type {Record<string, () => number>} */
const READERS = {
  ethernet() {
    const header = plain.ethernet
    if (header === undefined) throw new Error('no header')
    return (header.destinationHigh + header.sourceLow + header.etherType + (header.isMulticast ? 1 : 0)) | 0
  },
  vlanTag() {
    const header = plain.vlanTag
    if (header === undefined) throw new Error('no header')
    return (header.id + header.priority + header.etherType) | 0
  },
  ipv4() {
    const header = plain.ipv4
    if (header === undefined) throw new Error('no header')
    return (
      (header.ttl + header.protocol + header.sourceNumber + header.destinationNumber + header.totalLength) | 0
    )
  },
  ipv6() {
    const header = inIpv6.ipv6
    if (header === undefined) throw new Error('no header')
    return (
      (header.hopLimit + header.nextHeader + header.flowLabel + header.sourceWord(3) + header.payloadLength) |
      0
    )
  },
  tcp() {
    const header = inIpv6.tcp
    if (header === undefined) throw new Error('no header')
    return (
      (header.sourcePort + header.sequenceNumber + header.flags + header.window + (header.syn ? 1 : 0)) |
      0 |
      (header.maximumSegmentSize ?? 0)
    )
  },
  udp() {
    const header = plain.udp
    if (header === undefined) throw new Error('no header')
    return (header.sourcePort + header.destinationPort + header.length + header.checksum) | 0
  },
  vxlan() {
    const inner = inVxlan.inner?.ipv4
    return ((inVxlan.vxlan?.vni ?? 0) + (inner?.ttl ?? 0) + (inVxlan.inner?.udp?.sourcePort ?? 0)) | 0
  },
  'gre in mpls'() {
    const inner = inMpls.inner
    return (
      ((inMpls.mpls?.next?.label ?? 0) + (inner?.gre?.key ?? 0) + (inner?.inner?.udp?.sourcePort ?? 0)) | 0
    )
  },
  gtpU() {
    return ((inGtp.gtpU?.teid ?? 0) + (inGtp.inner?.udp?.destinationPort ?? 0)) | 0
  },
  // To see that the measurement sees something: this one makes a string.
  string() {
    kept = plain.ipv4?.source
    return kept?.length ?? 0
  },
  // And this one the smallest of objects.
  object() {
    kept = { ttl: plain.ipv4?.ttl ?? 0 }
    return 1
  },
}

/** @type {{ ttl: number } | string | undefined} */
let kept

/** @param {() => number} read */
function run(read) {
  let sum = 0
  for (let i = 0; i < TIMES; i++) sum = (sum + read()) | 0
  return sum
}

const read = READERS[process.argv[2] ?? '']
if (read === undefined) throw new Error(`there is no reader ${process.argv[2]}`)
run(read) // V8 compiles it
globalThis.gc?.()
const before = getHeapStatistics().used_heap_size
run(read)
const bytes = getHeapStatistics().used_heap_size - before
process.stdout.write(JSON.stringify({ times: TIMES, bytes }))
