// Captures as streams: sources of every kind, gzip, abortion, the writer, pipelines and back pressure.

import { createReadStream, createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createGunzip, createGzip, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  CaptureEncoder,
  CaptureFormatError,
  type CaptureRecord,
  type CaptureSource,
  CaptureWriter,
  decodeCapture,
  type ReadCaptureOptions,
  readCapture,
  readCaptureFile,
} from '../../lib/pcap/index.js'
import { useTemporaryFolder } from '../support/eal.js'
import { bytes, frame, Layout } from './pcap-blocks.js'

const lay = new Layout('little-endian')
const folder = useTemporaryFolder()
const office = fileURLToPath(new URL('../../examples/captures/office.pcap', import.meta.url))
const expected = readCaptureFile(office)
const officeBytes = readFileSync(office)
const packet = (length: number) => ({ bytes: frame(length), timestamp: 1n })

let files = 0
const newFile = () => path.join(folder, `${files++}.pcapng`)

async function all(source: CaptureSource, options?: ReadCaptureOptions): Promise<CaptureRecord[]> {
  const records: CaptureRecord[] = []
  for await (const record of readCapture(source, options)) records.push(record)
  return records
}

async function* endless(onEnd: () => void) {
  try {
    yield bytes(lay.section(), lay.interface(1, 0))
    for (;;) yield lay.enhancedPacket({}, frame(60))
  } finally {
    onEnd()
  }
}

const withoutSource = ({ interface: _, ...record }: CaptureRecord) => record

describe('readCapture', () => {
  it.each<[string, () => CaptureSource]>([
    ['a path', () => office],
    ['a URL', () => new URL(`file://${office}`)],
    ['bytes', () => officeBytes],
    ['a stream of a file', () => createReadStream(office, { highWaterMark: 1000 })],
    ['a stream of the web', () => new Blob([officeBytes]).stream() as never],
    ['chunks', () => [officeBytes.subarray(0, 1), new Uint8Array(), officeBytes.subarray(1)]],
    ['gzip', () => gzipSync(officeBytes)],
    ['gzip, byte by byte', () => Array.from(gzipSync(officeBytes), (byte) => Uint8Array.of(byte))],
    [
      'two gzip files in one',
      () => [gzipSync(officeBytes.subarray(0, 999)), gzipSync(officeBytes.subarray(999))],
    ],
  ])('reads %s', async (_, source) => {
    expect(await all(source())).toEqual(expected)
  })

  it('copies what it needs: a source may use its buffer again', async () => {
    const buffer = new Uint8Array(7)
    function* chunks() {
      for (let at = 0; at < officeBytes.length; at += 7) {
        buffer.set(officeBytes.subarray(at, at + 7))
        yield buffer.subarray(0, Math.min(7, officeBytes.length - at))
        buffer.fill(0)
      }
    }
    expect(await all(chunks())).toEqual(expected)
  })

  it.each(['', 'gz'])('closes its source when the loop is left %s', async (packed) => {
    const file = newFile() + packed
    writeFileSync(file, packed ? gzipSync(officeBytes) : officeBytes)
    const stream = createReadStream(file, { highWaterMark: 1000 })
    for await (const record of readCapture(stream)) {
      expect(record).toEqual(expected[0])
      break
    }
    if (!stream.closed) await new Promise<void>((resolve) => stream.once('close', resolve))
    expect(stream.destroyed).toBe(true)
  })

  it('gives the whole records, then the error', async () => {
    const seen: CaptureRecord[] = []
    const reading = (async () => {
      for await (const record of readCapture([officeBytes.subarray(0, -1)])) seen.push(record)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'ERR_DPDK_CAPTURE_TRUNCATED' })
    expect(seen).toEqual(expected.slice(0, -1))
  })

  it('refuses gzip that is cut off or damaged, and takes what is whole if that is asked for', async () => {
    const packed = gzipSync(officeBytes)
    const cut = packed.subarray(0, -100)
    await expect(all(cut)).rejects.toMatchObject({
      code: 'ERR_DPDK_CAPTURE_TRUNCATED',
      name: 'CaptureFormatError',
    })
    expect(() => decodeCapture(cut)).toThrow(expect.objectContaining({ code: 'ERR_DPDK_CAPTURE_TRUNCATED' }))
    const records = await all(cut, { truncated: 'end' })
    expect(records.length).toBeGreaterThan(0)
    expect(records).toEqual(expected.slice(0, records.length))
    expect(decodeCapture(cut, { truncated: 'end' })).toEqual(records)
    const damaged = packed.map((byte, index) => (index === 5000 ? byte ^ 0xff : byte))
    await expect(all(damaged)).rejects.toBeInstanceOf(CaptureFormatError)
    expect(() => decodeCapture(damaged)).toThrow(CaptureFormatError)
  })

  it('does not unpack more than it needs: 256 MiB of packets of a small file', {
    timeout: 120_000,
  }, async () => {
    const many = lay.enhancedPacket({}, new Uint8Array(2 ** 18))
    const bomb = gzipSync(bytes(lay.section(), lay.interface(1, 0), Array(1024).fill(many)))
    expect(bomb.length).toBeLessThan(2 ** 20)
    const before = process.memoryUsage.rss()
    let count = 0
    for await (const { bytes } of readCapture(bomb)) count += bytes.length
    expect(count).toBe(2 ** 28)
    expect(process.memoryUsage.rss() - before).toBeLessThan(2 ** 27)
  })

  it('passes on what its source fails with', async () => {
    await expect(all(path.join(folder, 'none.pcap'))).rejects.toMatchObject({ code: 'ENOENT' })
    const failing = async function* () {
      yield officeBytes.subarray(0, 1000)
      throw new RangeError('the source')
    }
    await expect(all(failing())).rejects.toThrow('the source')
    await expect(all(['text'] as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(() => readCapture(5 as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }))
    expect(() => readCapture(office, { signal: 5 as never })).toThrow(/must be an AbortSignal/)
  })

  it('ends with the signal, between records', async () => {
    const controller = new AbortController()
    let isClosed = false
    let count = 0
    const reading = (async () => {
      for await (const _ of readCapture(
        endless(() => {
          isClosed = true
        }),
        { signal: controller.signal },
      )) {
        if (++count === 100) controller.abort(new Error('enough'))
      }
    })()
    await expect(reading).rejects.toThrow('enough')
    expect(count).toBe(100)
    await new Promise((resolve) => setImmediate(resolve))
    expect(isClosed).toBe(true)
  })

  it('ends with the signal while its source is silent', async () => {
    const controller = new AbortController()
    const silent = new PassThrough()
    silent.write(officeBytes.subarray(0, 1000))
    const reading = all(silent, { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 20)
    await expect(reading).rejects.toThrow('enough')
    await expect(all(office, { signal: AbortSignal.abort(new Error('at once')) })).rejects.toThrow('at once')
  })
})

describe('a pipeline', () => {
  it('reads, changes and writes captures', async () => {
    const file = newFile()
    await pipeline(
      createReadStream(office),
      readCapture,
      async function* (records: AsyncIterable<CaptureRecord>) {
        for await (const record of records) yield { ...record, comments: [`${record.bytes.length} bytes`] }
      },
      new CaptureEncoder({ comments: ['a copy'] }),
      createGzip(),
      createWriteStream(file),
    )
    const records = readCaptureFile(file)
    expect(records.map(withoutSource)).toEqual(
      expected.map((record) => ({ ...withoutSource(record), comments: [`${record.bytes.length} bytes`] })),
    )
    expect(records[0]?.interface.section.comments).toEqual(['a copy'])
  })

  it('fails with what an item is refused with', async () => {
    const items = Readable.from([packet(60), { bytes: 'text', timestamp: 0n }])
    const writing = pipeline(items, new CaptureEncoder(), new PassThrough().resume())
    await expect(writing).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })
})

/** Takes a chunk a millisecond, and counts what it has not taken yet. */
class Slow extends Writable {
  readonly chunks: Buffer[] = []
  most = 0

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void) {
    this.most = Math.max(this.most, this.writableLength)
    this.chunks.push(chunk)
    setTimeout(callback, 1)
  }
}

describe('CaptureWriter', () => {
  it('writes a file', async () => {
    const file = newFile()
    {
      await using writer = await CaptureWriter.open(file, { interfaces: [{ name: 'office' }] })
      for (const { interface: _, ...record } of expected) await writer.write(record)
    }
    expect(readCaptureFile(file).map(withoutSource)).toEqual(expected.map(withoutSource))
    expect(readCaptureFile(file)[0]?.interface.name).toBe('office')
  })

  it('writes what it can before the first packet, so that an empty capture is one', async () => {
    const files = [newFile(), newFile()]
    for (const [index, format] of (['pcapng', 'pcap'] as const).entries()) {
      await using writer = await CaptureWriter.open(files[index] as string, { format })
      await writer.close()
      await writer.close()
    }
    expect(files.map((file) => readCaptureFile(file))).toEqual([[], []])
  })

  it('waits for a stream that is slower', async () => {
    const slow = new Slow({ highWaterMark: 10_000 })
    const writer = await CaptureWriter.open(slow)
    for (let n = 0; n < 100; n++) await writer.write(packet(1000))
    await writer.close()
    expect(slow.writableFinished).toBe(true)
    expect(slow.most).toBeLessThan(12_000)
    expect(decodeCapture(Buffer.concat(slow.chunks))).toHaveLength(100)
  })

  it('keeps the order of packets that nobody waits for', async () => {
    const slow = new Slow({ highWaterMark: 100 })
    const writer = await CaptureWriter.open(slow)
    const writes = Array.from({ length: 50 }, (_, n) => writer.write(packet(n)))
    await Promise.all([...writes, writer.close()])
    expect(decodeCapture(Buffer.concat(slow.chunks)).map(({ bytes }) => bytes.length)).toEqual([
      ...Array(50).keys(),
    ])
  })

  it('goes on after an item that is refused', async () => {
    const file = newFile()
    const writer = await CaptureWriter.open(file)
    const [right, wrong, next] = [{ name: 'right' }, { name: 'wrong' }, { name: 'next' }]
    await writer.write({ ...packet(1), interface: right })
    await expect(
      writer.write({ ...packet(2), interface: wrong, timestamp: undefined }),
    ).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
    })
    await writer.write({ ...packet(3), interface: next })
    await writer.close()
    expect(readCaptureFile(file).map(({ bytes, interface: { name } }) => [bytes.length, name])).toEqual([
      [1, 'right'],
      [3, 'next'],
    ])
    await expect(writer.write(packet(4))).rejects.toMatchObject({ code: 'ERR_DPDK_CAPTURE_CLOSED' })
  })

  it('tells once that the file cannot be written', async () => {
    await expect(CaptureWriter.open(folder)).rejects.toMatchObject({ code: 'EISDIR' })
    await expect(CaptureWriter.open(5 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    const filling = (async () => {
      await using writer = await CaptureWriter.open('/dev/full')
      for (;;) await writer.write(packet(1000))
    })()
    await expect(filling).rejects.toMatchObject({ code: 'ENOSPC' })
    // Nothing was written but what is out only at the end: then the end tells.
    const closing = (async () => {
      await using _ = await CaptureWriter.open('/dev/full')
    })()
    await expect(closing).rejects.toMatchObject({ code: 'ENOSPC' })
  })

  it('is told when somebody else ends the stream', async () => {
    const stream = new Slow({ highWaterMark: 10 })
    const writer = await CaptureWriter.open(stream)
    const waiting = writer.write(packet(100))
    stream.destroy()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' })
    await expect(writer.write(packet(100))).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' })
    await expect(writer.close()).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' })
    await writer[Symbol.asyncDispose]()
  })

  it('packs with gzip, as a stream', async () => {
    const gzip = createGzip()
    const unpacked = gzip.pipe(createGunzip()).toArray()
    const writer = await CaptureWriter.open(gzip)
    for (const record of expected) await writer.write(record)
    await writer.close()
    expect(decodeCapture(Buffer.concat(await unpacked)).map(withoutSource)).toEqual(
      expected.map(withoutSource),
    )
  })
})
