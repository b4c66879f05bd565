// Goes wrong with the first packet, in the way that `data` names.
import { defineHandler } from 'dpdk-node'

/** @type {Record<string, () => unknown>} */
const troubles = {
  throw: () => {
    throw new RangeError('this is the original message')
  },
  promise: () => Promise.resolve(),
  exit: () => process.exit(3),
  uncaught: () => {
    setImmediate(() => {
      throw new TypeError('nobody caught this')
    })
  },
  stuck: () => {
    for (;;);
  },
}

/** @type {import('dpdk-node').HandlerFactory<string, string>} */
const factory =
  ({ data }) =>
  () =>
    troubles[data]?.()

export default defineHandler(factory)
