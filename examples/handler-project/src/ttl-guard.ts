import { defineHandler, type Handler } from 'dpdk-node'

/**
 * Forwards IPv4 packets as a router does, with a time to live that is lower by one (RFC 791, section 3.2). Those that may
 * not travel further are dropped; everything else is left to the program.
 */
export const ttlGuard: Handler<'onward'> = (batch, { onward }) => {
  for (const packet of batch) {
    const { ipv4 } = packet
    if (ipv4 === undefined) {
      packet.continue()
    } else if (ipv4.ttl > 1) {
      ipv4.decrementTtl()
      packet.forward(onward)
    } else {
      packet.drop()
    }
  }
}

// The same for Workers.
export default defineHandler<'onward'>(() => ttlGuard)
