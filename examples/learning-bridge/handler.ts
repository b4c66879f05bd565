import type { Batch, HandlerOutput, HandlerOutputs, Packet } from 'dpdk-node'
import { type AddressTable, addressNumber } from './address-table.js'

/** 01:80:c2:00:00:00 to 0f, which no bridge forwards: spanning tree, flow control, LLDP. */
const LINK_LOCAL_HIGH = 0x0180
const LINK_LOCAL_LOW = 0xc2000000

/** What a station was heard to do. */
export type OnLearn = (address: number, port: number) => void

/**
 * The bridge's decision about each frame that comes to a port: learn where its sender is; send it to where its receiver
 * is, or, as long as nobody knows, to every other port.
 *
 * @see IEEE 802.1Q, clauses 8.6 to 8.8
 */
export function bridge(port: number, table: AddressTable, onLearn: OnLearn) {
  return (batch: Batch, outputs: HandlerOutputs): void => {
    const now = performance.now()
    for (const packet of batch) decide(packet, outputs, now)
  }

  function decide(packet: Packet, outputs: HandlerOutputs, now: number): void {
    const { sourceHigh, sourceLow, destinationHigh, destinationLow, isMulticast } = packet.ethernet
    const source = addressNumber(sourceHigh, sourceLow)
    // A group cannot send.
    if ((sourceHigh & 0x0100) !== 0) {
      packet.drop()
      return
    }
    if (table.learn(source, port, now)) onLearn(source, port)

    if (isMulticast) {
      const linkLocal = destinationHigh === LINK_LOCAL_HIGH && destinationLow >>> 4 === LINK_LOCAL_LOW >>> 4
      if (linkLocal) packet.drop()
      else packet.forward(outputs.others as HandlerOutput)
      return
    }
    const to = table.find(addressNumber(destinationHigh, destinationLow), now)
    // Its receiver has heard it already.
    if (to === port) packet.drop()
    else packet.forward(outputs[to === undefined ? 'others' : to] as HandlerOutput)
  }
}
