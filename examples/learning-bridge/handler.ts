import type { Batch, HandlerOutput, HandlerOutputs, Packet, Port } from 'dpdk-node'
import { addressNumber, type Stations } from './stations.js'

/** 01:80:c2:00:00:00 to 0f, which no bridge forwards: spanning tree, flow control, LLDP. */
const LINK_LOCAL_HIGH = 0x0180
const LINK_LOCAL_LOW = 0xc2000000

/** What a station was heard to do. */
export type OnLearn = (address: number, port: Port) => void

/**
 * The bridge's decision about the frames of a port that the lcores could not forward by themselves: learn where the
 * sender is; send it to where the receiver is, or, as long as nobody knows, to every other port.
 *
 * @see IEEE 802.1Q, clauses 8.6 to 8.8
 */
export function learnAndFlood(port: Port, stations: Stations, onLearn: OnLearn) {
  return (batch: Batch, outputs: HandlerOutputs): void => {
    for (const packet of batch) decide(packet, outputs)
  }

  function decide(packet: Packet, outputs: HandlerOutputs): void {
    const { sourceHigh, sourceLow, destinationHigh, destinationLow, isMulticast } = packet.ethernet
    // A group cannot send.
    if ((sourceHigh & 0x0100) !== 0) {
      packet.drop()
      return
    }
    const source = addressNumber(sourceHigh, sourceLow)
    if (stations.learn(source, port)) onLearn(source, port)

    if (isMulticast) {
      const linkLocal = destinationHigh === LINK_LOCAL_HIGH && destinationLow >>> 4 === LINK_LOCAL_LOW >>> 4
      if (linkLocal) packet.drop()
      else packet.forward(outputs.others as HandlerOutput)
      return
    }
    const to = stations.find(addressNumber(destinationHigh, destinationLow))
    // Its receiver has heard it already.
    if (to === port) packet.drop()
    else packet.forward(outputs[to === undefined ? 'others' : to.id] as HandlerOutput)
  }
}
