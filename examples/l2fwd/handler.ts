// What l2fwd does with a batch, in TypeScript; and the module that runs it in a Worker.

import { defineHandler, type Handler } from 'dpdk-node'

export interface Addresses {
  /** 02:00:00:00:00:<port> */
  destination: Uint8Array
  /** The transmitting port's own. */
  source: Uint8Array
}

/** Forwards every packet, with new addresses unless there are none. */
export function forwardAll(addresses: Addresses | undefined): Handler<'to'> {
  if (addresses === undefined) {
    return (batch, { to }) => {
      for (const packet of batch) packet.forward(to)
    }
  }
  const { destination, source } = addresses
  return (batch, { to }) => {
    for (const packet of batch) {
      const ethernet = packet.ethernet
      ethernet.setDestination(destination)
      ethernet.setSource(source)
      packet.forward(to)
    }
  }
}

export default defineHandler<'to', Addresses | undefined>(({ data }) => forwardAll(data))
