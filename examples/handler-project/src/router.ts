import { forward, handle, type Port } from 'dpdk-node'
import { ttlGuard } from './ttl-guard.js'

/** Lets IPv4 packets from each port age on their way to the other; what is not IPv4, for example ARP, passes as it is. */
export async function startRouter(left: Port, right: Port): Promise<void> {
  await left.rx.run(handle(ttlGuard, { outputs: { onward: right } }), forward({ to: right }))
  await right.rx.run(handle(ttlGuard, { outputs: { onward: left } }), forward({ to: left }))
}
