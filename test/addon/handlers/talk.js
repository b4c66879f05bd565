// Ticks, answers what it is told and says where it runs, and drops every packet.
import { readFileSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import { defineHandler } from 'dpdk-node'

export default defineHandler(({ data, onMessage, postMessage }) => {
  const status = readFileSync('/proc/thread-self/status', 'utf8')
  const cpus = status.match(/^Cpus_allowed_list:\s*(.*)$/m)?.[1]
  let packets = 0
  setInterval(() => postMessage({ kind: 'tick', threadId }), 5)
  onMessage((message) => postMessage({ kind: 'answer', message, threadId, data, cpus, packets }))
  return (batch) => {
    packets += batch.length
    for (const packet of batch) packet.drop()
  }
})
