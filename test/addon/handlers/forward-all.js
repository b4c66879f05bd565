// Sends every packet to `out`; with `data.swap`, its addresses exchanged.
import { defineHandler } from 'dpdk-node'

/** @type {import('dpdk-node').HandlerFactory<'out', { swap: boolean } | undefined>} */
const factory = ({ outputs: { out }, data }) => {
  return (batch) => {
    for (const packet of batch) {
      if (data?.swap) packet.ethernet.swapAddresses()
      packet.forward(out)
    }
  }
}

export default defineHandler(factory)
