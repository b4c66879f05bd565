// Frames to look at.

/** `02 00…`, with or without blanks. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'))
}

const ETHERNET = '02 00 00 00 00 01  06 aa bb cc dd ee  '
const IPV4 = '45 00 00 1c  12 34 40 00  40 11 a4 99  c0 00 02 01  c0 00 02 02  '
const UDP = '00 07 00 07  00 08 00 00'

/** From 192.0.2.1 to 192.0.2.2, UDP, TTL 64, with a right header checksum. */
export const udpFrame = hex(`${ETHERNET} 0800 ${IPV4} ${UDP}`)
/** The same in VLAN 20. */
export const vlanFrame = hex(`${ETHERNET} 8100 0014 0800 ${IPV4} ${UDP}`)
/** The same in VLAN 20 of service VLAN 30. */
export const doubleVlanFrame = hex(`${ETHERNET} 88a8 001e 8100 0014 0800 ${IPV4} ${UDP}`)
export const arpFrame = hex(`${ETHERNET} 0806 ${'00'.repeat(28)}`)
