// A handler of a program that is TypeScript, run as it is: it lets frames pass that are not too long.
import { defineHandler } from 'dpdk-node'

export interface Limit {
  longest: number
}

export default defineHandler<'out', Limit>(({ outputs: { out }, data: { longest } }) => (batch) => {
  for (const packet of batch) if (packet.length <= longest) packet.forward(out)
})
