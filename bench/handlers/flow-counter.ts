/** Counts the packets of every flow, by the addresses, ports and protocol of IPv4. */
import { defineHandler, type Handler } from 'dpdk-node'

const SLOTS = 1 << 18
const MASK = SLOTS - 1

/**
 * An open hash table of 32-bit words, as a program would keep it that counts millions of packets per second: five words of
 * key and count, no object per flow. A count of 0 marks a free slot.
 */
const table = new Int32Array(SLOTS * 8)
export const flows = { known: 0 }

function count(source: number, destination: number, ports: number, protocol: number): void {
  let hash = Math.imul(source ^ Math.imul(destination, 0x9e3779b1) ^ Math.imul(ports, 0x85ebca6b), 0xc2b2ae35)
  hash ^= hash >>> 15
  for (let slot = (hash & MASK) << 3; ; slot = (slot + 8) & (SLOTS * 8 - 1)) {
    const packets = table[slot + 4] as number
    if (packets === 0) {
      table[slot] = source
      table[slot + 1] = destination
      table[slot + 2] = ports
      table[slot + 3] = protocol
      flows.known++
    } else if (
      table[slot] !== source ||
      table[slot + 1] !== destination ||
      table[slot + 2] !== ports ||
      table[slot + 3] !== protocol
    ) {
      continue
    }
    table[slot + 4] = packets + 1
    return
  }
}

export const handler: Handler<'to'> = (batch, { to }) => {
  for (const packet of batch) {
    const ip = packet.ipv4
    const transport = packet.udp ?? packet.tcp
    if (ip !== undefined && transport !== undefined) {
      const ports = (transport.sourcePort << 16) | transport.destinationPort
      count(ip.sourceNumber | 0, ip.destinationNumber | 0, ports, ip.protocol)
    }
    packet.forward(to)
  }
}

export default defineHandler<'to'>(() => handler)
