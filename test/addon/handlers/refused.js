// Does not even start, for the reason that `data` names.
import { defineHandler } from 'dpdk-node'

/** @type {import('dpdk-node').HandlerFactory<string, string>} */
const factory = ({ data }) => {
  if (data === 'throws') throw new Error('no handler today')
  if (data === 'asynchronous') return async () => {}
  return /** @type {any} */ (undefined)
}

export default defineHandler(factory)
