// Does what messages say: runs endlessly, throws, ends its thread, holds, or counts. Forwards otherwise.

import { threadId } from 'node:worker_threads'
import { defineHandler } from 'dpdk-node'

/** @type {import('dpdk-node').HandlerFactory<'out', undefined>} */
const factory = ({ outputs: { out }, onMessage, postMessage }) => {
  let order = ''
  let count = 0
  /** @type {import('dpdk-node').OwnedPacket[]} */
  const held = []
  const timer = setInterval(() => postMessage({ tick: threadId, count }), 20)
  timer.unref()
  onMessage((message) => {
    order = String(message)
    if (order === 'release') for (const packet of held.splice(0)) packet.forward(out)
    if (order === 'throw outside') throw new Error('outside of the handler')
    if (order === 'where') postMessage({ thread: threadId, count })
  })
  return (batch) => {
    if (order === 'spin') for (;;);
    if (order === 'exit') process.exit(3)
    if (order === 'throw') throw new Error('inside of the handler')
    for (const packet of batch) {
      count++
      if (order === 'hold') held.push(packet.hold())
      else packet.forward(out)
    }
  }
}
export default defineHandler(factory)
