// Captures laid by hand, in either byte order: what the library itself never writes.

export type ByteOrder = 'little-endian' | 'big-endian'
export const BYTE_ORDERS: readonly ByteOrder[] = ['little-endian', 'big-endian']

type Part = Uint8Array | readonly Part[]

function flat(part: Part): Uint8Array[] {
  return part instanceof Uint8Array ? [part] : part.flatMap(flat)
}

export function bytes(...parts: Part[]): Uint8Array {
  return new Uint8Array(Buffer.concat(flat(parts)))
}

/** Fields and blocks of one byte order. */
export class Layout {
  readonly #littleEndian: boolean

  constructor(order: ByteOrder) {
    this.#littleEndian = order === 'little-endian'
  }

  uint16(...values: number[]): Uint8Array {
    return this.#numbers(2, values, (view, at, value) => view.setUint16(at, value, this.#littleEndian))
  }

  uint32(...values: number[]): Uint8Array {
    return this.#numbers(4, values, (view, at, value) => view.setUint32(at, value, this.#littleEndian))
  }

  uint64(value: bigint): Uint8Array {
    return this.#numbers(8, [value], (view, at) => view.setBigUint64(at, value, this.#littleEndian))
  }

  /** The upper half first. */
  ticks(value: bigint): Uint8Array {
    return this.uint32(Number(value >> 32n), Number(value & 0xffffffffn))
  }

  padded(data: Uint8Array): Uint8Array {
    return bytes(data, new Uint8Array(-data.length & 3))
  }

  option(code: number, value: Uint8Array | string): Uint8Array {
    const data = typeof value === 'string' ? new TextEncoder().encode(value) : value
    return bytes(this.uint16(code, data.length), this.padded(data))
  }

  block(type: number, ...parts: Part[]): Uint8Array {
    const body = this.padded(bytes(...parts))
    return bytes(this.uint32(type, body.length + 12), body, this.uint32(body.length + 12))
  }

  section(...options: Uint8Array[]): Uint8Array {
    return this.block(
      0x0a0d0d0a,
      this.uint32(0x1a2b3c4d),
      this.uint16(1, 0),
      this.uint64(2n ** 64n - 1n),
      options,
    )
  }

  interface(linkType: number, snapLength: number, ...options: Uint8Array[]): Uint8Array {
    return this.block(1, this.uint16(linkType, 0), this.uint32(snapLength), options)
  }

  enhancedPacket(
    { source = 0, ticks = 0n, length }: { source?: number; ticks?: bigint; length?: number },
    data: Uint8Array,
    ...options: Uint8Array[]
  ): Uint8Array {
    return this.block(
      6,
      this.uint32(source),
      this.ticks(ticks),
      this.uint32(data.length, length ?? data.length),
      this.padded(data),
      options,
    )
  }

  simplePacket(originalLength: number, data: Uint8Array): Uint8Array {
    return this.block(3, this.uint32(originalLength), data)
  }

  obsoletePacket(source: number, drops: number, ticks: bigint, data: Uint8Array, ...options: Uint8Array[]) {
    return this.block(
      2,
      this.uint16(source, drops),
      this.ticks(ticks),
      this.uint32(data.length, data.length),
      this.padded(data),
      options,
    )
  }

  /** A classic file's header. */
  pcapHeader(magic: number, linkType = 1, version: readonly [number, number] = [2, 4]): Uint8Array {
    return bytes(this.uint32(magic), this.uint16(...version), this.uint32(0, 0, 65_535, linkType))
  }

  #numbers<Value>(
    size: number,
    values: readonly Value[],
    set: (view: DataView, at: number, value: Value) => void,
  ) {
    const view = new DataView(new ArrayBuffer(size * values.length))
    values.forEach((value, index) => {
      set(view, index * size, value)
    })
    return new Uint8Array(view.buffer)
  }
}

/** A frame of so many bytes that looks like Ethernet with an unknown type. */
export function frame(length: number, fill = 0x5a): Uint8Array {
  const data = new Uint8Array(length).fill(fill)
  data.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5].slice(0, length))
  return data
}

/** Everything that this library reads, in one section of each kind. */
export function variedCapture(order: ByteOrder): Uint8Array {
  const lay = new Layout(order)
  const name = (text: string) => lay.option(2, text)
  return bytes(
    lay.section(
      lay.option(1, 'a comment'),
      lay.option(2, 'a machine'),
      lay.option(3, 'a system'),
      lay.option(4, 'an application'),
    ),
    lay.interface(1, 40, name('micro'), lay.option(1, 'about it')),
    lay.interface(1, 0, name('nano'), lay.option(9, Uint8Array.of(9)), lay.option(0, '')),
    lay.interface(101, 0, name('binary'), lay.option(9, Uint8Array.of(0x80 | 20))),
    lay.interface(
      1,
      0,
      name('offset'),
      lay.option(3, 'starts later'),
      lay.option(6, Uint8Array.of(2, 0, 0, 0, 0, 9)),
      lay.option(8, lay.uint64(10_000_000_000n)),
      lay.option(11, '\0icmp or arp'),
      lay.option(12, 'another system'),
      lay.option(14, lay.uint64(1_600_000_000n)),
      lay.option(15, 'a card'),
    ),
    lay.enhancedPacket({ ticks: 1_700_000_000_123_456n }, frame(40)),
    lay.enhancedPacket(
      { source: 1, ticks: 1_700_000_000_123_456_789n, length: 1500 },
      frame(61),
      lay.option(1, 'first'),
      lay.option(2, lay.uint32(0x0105_0c86)),
      lay.option(1, 'second'),
      lay.option(4, lay.uint64(4n)),
      lay.option(5, lay.uint64(5n)),
      lay.option(6, lay.uint32(6)),
      lay.option(0, ''),
    ),
    lay.enhancedPacket({ source: 2, ticks: (1_700_000_001n << 20n) + 524_288n }, frame(20, 0x45)),
    lay.enhancedPacket({ source: 3, ticks: 100_000_001_500_000n }, frame(62)),
    lay.simplePacket(100, frame(40)),
    lay.simplePacket(21, frame(21)),
    lay.obsoletePacket(3, 9, 100_000_002_500_000n, frame(63), lay.option(2, lay.uint32(1))),
    lay.obsoletePacket(1, 0xffff, 1_700_000_000_123_456_790n, frame(64)),
    // A name for 192.0.2.1, secrets of TLS, a custom block, a block of nobody.
    lay.block(
      4,
      lay.uint16(1, 9),
      lay.padded(bytes(Uint8Array.of(192, 0, 2, 1), Buffer.from('host\0'))),
      lay.uint16(0, 0),
    ),
    lay.block(10, lay.uint32(0x544c534b, 0)),
    lay.block(0xbad, lay.uint32(32473), Buffer.from('custom')),
    lay.block(0x80000123, Buffer.from('local')),
    lay.block(
      5,
      lay.uint32(1),
      lay.ticks(1_700_000_002_000_000_000n),
      lay.option(2, lay.ticks(1_700_000_000_000_000_000n)),
      lay.option(4, lay.uint64(2n)),
      lay.option(5, lay.uint64(1n)),
      lay.option(1, 'counted'),
    ),
  )
}
