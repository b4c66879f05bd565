/**
 * The link types met most: which header the bytes of a record begin with. Any other number of the registry will do
 * as well wherever a link type is asked for.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcaplinktype/
 */
export const LinkType = {
  /** BSD loopback: the address family, in the byte order of the machine. */
  NULL: 0,
  ETHERNET: 1,
  PPP: 9,
  /** An IPv4 or IPv6 header. */
  RAW: 101,
  IEEE802_11: 105,
  /** What Linux writes for the interface "any". */
  LINUX_SLL: 113,
  IEEE802_11_RADIOTAP: 127,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const
