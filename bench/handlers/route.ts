/** What a router does to every packet: TTL and checksum, and the addresses of the next hop. */
import { defineHandler, type Handler, MacAddress } from 'dpdk-node'

const nextHop = new MacAddress('02:00:00:00:00:01')
const router = new MacAddress('02:00:00:00:00:02')

export const handler: Handler<'to'> = (batch, { to }) => {
  for (const packet of batch) {
    const ip = packet.ipv4
    if (ip === undefined || ip.ttl <= 1) {
      packet.drop()
      continue
    }
    ip.decrementTtl()
    const { ethernet } = packet
    ethernet.setDestination(nextHop)
    ethernet.setSource(router)
    packet.forward(to)
  }
}

export default defineHandler<'to'>(() => handler)
