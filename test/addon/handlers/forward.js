// Forwards everything, with the first byte set to `data.mark`.

import { defineHandler } from 'dpdk-node'

/** @type {import('dpdk-node').HandlerFactory<'out', { mark?: number }>} */
const factory = ({ outputs: { out }, data, onMessage, postMessage }) => {
  onMessage((message) => postMessage({ echo: message, mark: data?.mark }))
  return (batch) => {
    for (const packet of batch) {
      if (data?.mark !== undefined) packet.setUint8(0, data.mark)
      packet.forward(out)
    }
  }
}
export default defineHandler(factory)
