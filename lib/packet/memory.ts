/**
 * Where packets lie: views of one buffer, from its start to its end. A packet is an offset in them, so that looking at it
 * needs no object. The arena is one; a `Frame` has one of its own.
 */
export interface PacketMemory {
  readonly bytes: Uint8Array
  readonly words16: Uint16Array
  readonly words32: Int32Array
  /** Of a memory that lives as long as the process, and is worth classes of its own: those that `bound` has made. */
  readonly boundClasses?: Map<object, object>
}

/** Memory for packets outside of the arena, a multiple of four bytes long. */
export function allocatePacketMemory(length: number): PacketMemory {
  const buffer = new ArrayBuffer((length + 3) & ~3)
  return {
    bytes: new Uint8Array(buffer),
    words16: new Uint16Array(buffer),
    words32: new Int32Array(buffer),
  }
}

/**
 * What looks at packets: all its reading and writing goes through these few functions. Unchecked: beyond the memory's end
 * is nothing.
 */
export abstract class MemoryUser {
  protected readonly memory: PacketMemory

  /** @internal */
  constructor(memory: PacketMemory) {
    this.memory = memory
  }

  /** The byte at an offset. */
  protected load8(offset: number): number {
    return this.memory.bytes[offset] as number
  }

  /** Two bytes, in network order. */
  protected load16(offset: number): number {
    const { bytes } = this.memory
    return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number)
  }

  /** Four bytes, in network order. */
  protected load32(offset: number): number {
    return ((this.load16(offset) << 16) | this.load16(offset + 2)) >>> 0
  }

  protected store8(offset: number, value: number): void {
    this.memory.bytes[offset] = value
  }

  protected store16(offset: number, value: number): void {
    const { bytes } = this.memory
    bytes[offset] = value >> 8
    bytes[offset + 1] = value
  }

  protected store32(offset: number, value: number): void {
    this.store16(offset, value >>> 16)
    this.store16(offset + 2, value)
  }

  /** Exchanges the six bytes at an offset with the six behind them. */
  protected exchange48(offset: number): void {
    const { bytes } = this.memory
    for (let i = offset; i < offset + 6; i++) {
      const byte = bytes[i] as number
      bytes[i] = bytes[i + 6] as number
      bytes[i + 6] = byte
    }
  }

  // Words in the machine's order, by their index: descriptors of rings.

  protected word16(index: number): number {
    return this.memory.words16[index] as number
  }

  protected word32(index: number): number {
    return this.memory.words32[index] as number
  }

  protected setWord16(index: number, value: number): void {
    this.memory.words16[index] = value
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what TypeScript demands of a class that is extended
type Constructor = abstract new (...parameters: any[]) => MemoryUser

/**
 * The class to make objects of in a memory: for the arena, a subclass for which the views are constants. V8 then compiles
 * an access to a comparison and a load, where it otherwise goes through three objects, and checks what each is.
 * `docs/performance.md` has what that gains.
 */
export function bound<Class extends Constructor>(Base: Class, memory: PacketMemory): Class {
  const { boundClasses } = memory
  if (boundClasses === undefined) return Base
  const known = boundClasses.get(Base)
  if (known !== undefined) return known as Class
  const made = bind(Base, memory)
  boundClasses.set(Base, made)
  return made
}

function bind<Class extends Constructor>(Base: Class, { bytes, words16, words32 }: PacketMemory): Class {
  // One load and an exchange of bytes, wherever the offset is.
  const view = new DataView(bytes.buffer)

  abstract class Bound extends Base {
    protected override load8(offset: number): number {
      return bytes[offset] as number
    }

    protected override load16(offset: number): number {
      return view.getUint16(offset)
    }

    protected override load32(offset: number): number {
      return view.getUint32(offset)
    }

    protected override store8(offset: number, value: number): void {
      bytes[offset] = value
    }

    protected override store16(offset: number, value: number): void {
      view.setUint16(offset, value)
    }

    protected override store32(offset: number, value: number): void {
      view.setUint32(offset, value)
    }

    protected override exchange48(offset: number): void {
      // dddd ddss ssss
      const first = view.getInt32(offset)
      const middle = view.getInt32(offset + 4)
      const last = view.getInt32(offset + 8)
      view.setInt32(offset, (middle << 16) | (last >>> 16))
      view.setInt32(offset + 4, (last << 16) | (first >>> 16))
      view.setInt32(offset + 8, (first << 16) | (middle >>> 16))
    }

    protected override word16(index: number): number {
      return words16[index] as number
    }

    protected override word32(index: number): number {
      return words32[index] as number
    }

    protected override setWord16(index: number, value: number): void {
      words16[index] = value
    }
  }
  // It says who it is when it is printed.
  return Object.defineProperty(Bound, 'name', { value: Base.name })
}
