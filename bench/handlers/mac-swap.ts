/** Swaps the Ethernet addresses of every packet, and reads its IPv4 destination. */
import { defineHandler, type Handler } from 'dpdk-node'

/** What was read: without a use, the reading could be left out. */
export const seen = { destinations: 0 }

export const handler: Handler<'to'> = (batch, { to }) => {
  let destinations = 0
  for (const packet of batch) {
    packet.ethernet.swapAddresses()
    const ip = packet.ipv4
    if (ip !== undefined) destinations ^= ip.destinationNumber
    packet.forward(to)
  }
  seen.destinations ^= destinations
}

export default defineHandler<'to'>(() => handler)
