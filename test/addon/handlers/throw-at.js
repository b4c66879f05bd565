// Drops the packets before `data.at`, and throws at that one.

import { defineHandler } from 'dpdk-node'

/** @type {import('dpdk-node').HandlerFactory<never, { at: number }>} */
const factory = ({ data }) => {
  return (batch) => {
    for (let index = 0; index < data.at; index++) batch.at(index).drop()
    throw new Error('here')
  }
}

export default defineHandler(factory)
