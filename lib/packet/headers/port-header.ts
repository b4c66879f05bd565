import { CheckedHeader } from './checked-header.js'

const SOURCE_PORT = 0
const DESTINATION_PORT = 2

/** What TCP and UDP have in common: ports in front, and a checksum that covers them. */
export abstract class PortHeader extends CheckedHeader {
  get sourcePort(): number {
    return this.read16(SOURCE_PORT)
  }

  /** Leaves the checksum alone: see `replaceSourcePort`. */
  set sourcePort(value: number) {
    this.write16(SOURCE_PORT, value)
  }

  get destinationPort(): number {
    return this.read16(DESTINATION_PORT)
  }

  /** Leaves the checksum alone: see `replaceDestinationPort`. */
  set destinationPort(value: number) {
    this.write16(DESTINATION_PORT, value)
  }

  /** Sets the port, and changes the checksum accordingly. @see RFC 1624 */
  replaceSourcePort(port: number): void {
    this.replaceUint16(SOURCE_PORT, port)
  }

  /** Sets the port, and changes the checksum accordingly. @see RFC 1624 */
  replaceDestinationPort(port: number): void {
    this.replaceUint16(DESTINATION_PORT, port)
  }
}
