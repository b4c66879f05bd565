import type { Port } from 'dpdk-node'

/** Sends all of the frames. A port takes as many at a time as its lcore has lent it buffers, at the start none. */
export async function sendAll(port: Port, frames: readonly Uint8Array[]): Promise<void> {
  for (let sent = port.send(frames); sent < frames.length; sent += port.send(frames.slice(sent))) {
    await port.writable()
  }
}
