// Counts UDP packets by source port, and says so when asked.

import { threadId } from 'node:worker_threads'
import { defineHandler } from 'dpdk-node'

/** @type {import('dpdk-node').HandlerFactory<never, undefined>} */
const factory = ({ onMessage, postMessage }) => {
  /** @type {Map<string, number>} */
  const flows = new Map()
  onMessage(() => postMessage({ thread: threadId, flows: [...flows] }))
  return (batch) => {
    for (const packet of batch) {
      packet.drop()
      const ip = packet.ipv4
      if (ip?.protocol !== 17 || ip.destination !== '10.9.0.2') continue
      const flow = `${packet.queue} ${packet.getUint16(14 + ip.headerLength)}`
      flows.set(flow, (flows.get(flow) ?? 0) + 1)
    }
  }
}
export default defineHandler(factory)
