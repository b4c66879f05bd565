import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { writeCaptureFile } from 'dpdk-node/pcap'
import { afterAll, describe, expect, test } from 'vitest'
import { readFrames, writeFrames } from '../../dist/testing/capture-file.js'
import { frameDifference } from '../../dist/testing/frame-difference.js'
import { matchers } from '../../dist/testing/matchers.js'
import { framesOf } from '../../dist/testing/packets.js'
import type { HandlerRun } from '../../dist/testing/run-handler.js'
import { numberedFrames, patched } from '../support/frames.js'
import 'dpdk-node/testing/vitest'

const folder = mkdtempSync(path.join(tmpdir(), 'testing-'))
afterAll(() => rmSync(folder, { recursive: true }))
const frames = numberedFrames(8)
const [first, second, third] = frames as [Uint8Array, Uint8Array, Uint8Array]

/** As `runHandler` makes it; only what matchers look at. */
function run(parts: Partial<HandlerRun>): HandlerRun {
  return {
    inputs: [first, second],
    verdicts: [
      { kind: 'forward', output: 'right' },
      { kind: 'forward', output: 'right' },
    ],
    outputs: { right: [first, second] },
    continued: [],
    errors: [],
    declared: { right: ['right'], all: ['a', 'b'] },
    ...parts,
  } as HandlerRun
}

function failureOf(assertion: () => void): string {
  try {
    assertion()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the assertion holds')
}

describe('toForwardTo', () => {
  test('holds when every packet went there', () => {
    expect(run({})).toForwardTo('right')
    expect(run({})).toForwardTo('right', [first, second])
    expect(run({ inputs: [first], outputs: { right: [first] } })).toForwardTo('right', first)
  })

  test('tells which packets did not', () => {
    const mixed = run({ verdicts: [{ kind: 'forward', output: 'right' }, { kind: 'unhandled' }] })
    expect(mixed).not.toForwardTo('right')
    expect(failureOf(() => expect(mixed).toForwardTo('right'))).toBe(
      'expected every packet to be forwarded to right\n\n' +
        'packet 2: unhandled; it has 157 bytes: 02:00:00:01:00:01 > 02:00:00:02:00:01, type 0x88b5',
    )
  })

  test('compares the frames, byte by byte and in order', () => {
    const changed = run({ outputs: { right: [first, patched(second, 22, [1, 2])] } })
    expect(changed).toForwardTo('right')
    expect(failureOf(() => expect(changed).toForwardTo('right', [first, second]))).toMatch(
      /^2 frames are expected, and 2 came; frame 2 differs:\n157 bytes are expected, .* the first at 0x0016 \(22\)$/m,
    )
    expect(run({})).not.toForwardTo('right', [second, first])
    expect(failureOf(() => expect(run({})).toForwardTo('right', first))).toContain(
      '1 frames are expected, and 2 came; too many, the first: 157 bytes',
    )
  })

  test('looks at every port of a set', () => {
    const verdicts = [{ kind: 'forward', output: 'all' }] as const
    const flooded = run({ verdicts: [...verdicts], outputs: { a: [first], b: [first] } })
    expect(flooded).toForwardTo('all', first)
    expect(run({ ...flooded, outputs: { a: [first], b: [] } })).not.toForwardTo('all', first)
  })

  test('takes a verdict', () => {
    expect(run({}).verdicts[0]).toForwardTo('right')
    expect({ kind: 'forward', output: 'left' }).not.toForwardTo('right')
    expect(failureOf(() => expect({ kind: 'hold' }).toForwardTo('right'))).toContain('the verdict is hold')
  })

  test.each([
    ['an output that there is not', () => expect(run({})).not.toForwardTo('rihgt'), /right, all/],
    ['a run without packets', () => expect(run({ verdicts: [] })).toForwardTo('right'), /About no packets/],
    ['something else', () => expect({ frames }).toForwardTo('right'), /what runHandler\(\) resolves with/],
    ['frames for a verdict', () => expect({ kind: 'drop' }).toForwardTo('a', first), /a verdict has none/],
  ])('refuses %s, also with .not', (_, assertion, message) => {
    expect(assertion).toThrow(expect.objectContaining({ message: expect.stringMatching(message) }))
  })
})

describe('toDrop', () => {
  test('holds for what the handler dropped, and what it left to the option `unhandled`', () => {
    expect(run({ verdicts: [{ kind: 'drop' }, { kind: 'unhandled' }] })).toDrop()
    expect({ kind: 'drop' }).toDrop()
    expect({ kind: 'hold' }).not.toDrop()
  })

  test('does not hold when a packet failed, or went on behind the handler', () => {
    expect(run({ verdicts: [{ kind: 'drop' }, { kind: 'failed' }] })).not.toDrop()
    const passed = run({ verdicts: [{ kind: 'unhandled' }], continued: [first] })
    expect(failureOf(() => expect(passed).toDrop())).toContain('1 went on behind the handler')
  })
})

describe('frames', () => {
  test('are equal when their bytes are', () => {
    expect(first).toEqualFrame(Buffer.from(first))
    expect({ bytes: first }).toEqualFrame({ bytes: first })
    expect(first).not.toEqualFrame(second)
    expect(frames).toEqualFrames(new Set(frames))
    expect(frames).not.toEqualFrames(frames.slice(1))
    expect([]).toEqualFrames([])
    expect(() => expect('frame').toEqualFrame(first)).toThrow(/received must be a frame/)
  })

  test('are shown row by row around the bytes that differ', () => {
    const zeros = new Uint8Array(100)
    expect(frameDifference(patched(zeros, 31, [0xff, 1]), zeros)).toBe(
      [
        '100 bytes are expected, and 100 came; 2 differ, the first at 0x001f (31)',
        '0x0000  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00',
        '0x0010  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  expected',
        '0x0010  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ff  came',
        '                                                     ^^',
        '0x0020  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  expected',
        '0x0020  01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  came',
        '        ^^',
        '0x0030  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00',
      ].join('\n'),
    )
    expect(frameDifference(zeros, zeros.slice())).toBeUndefined()
  })

  test('of different lengths differ in what one of them has not', () => {
    const difference = frameDifference(first.subarray(0, 15), first.subarray(0, 17))
    expect(difference).toContain('17 bytes are expected, and 15 came; 2 differ, the first at 0x000f (15)')
    expect(difference?.split('\n').at(-1)).toBe('        ^^')
  })
})

describe('packets to feed', () => {
  const file = path.join(folder, 'frames.pcap')

  test('are frames, things that have one, or a capture file', () => {
    writeFrames(file, frames)
    expect(readFrames(file)).toEqualFrames(frames)
    expect(framesOf('packets', file)).toEqualFrames(frames)
    expect(framesOf('packets', new URL(`file://${file}`))).toEqualFrames(frames)
    expect(framesOf('packets', first)).toEqualFrames([first])
    expect(framesOf('packets', [{ bytes: first }, second])).toEqualFrames([first, second])
  })

  test('come from captures in nanoseconds too', () => {
    const nanoseconds = path.join(folder, 'nanoseconds.pcap')
    writeCaptureFile(
      nanoseconds,
      frames.map((bytes) => ({ bytes, timestamp: 1n })),
    )
    expect(readFrames(nanoseconds)).toEqualFrames(frames)
  })

  test.each([
    ['a number', 7, /^packets must be frames .*; received 7$/],
    ['frames among which is another thing', [first, 'x'], /^packets\[1\] must be a frame/],
    [
      'a frame that is too short',
      [third.subarray(0, 13)],
      /^the length of packets\[0\] must be 14 to 9728 bytes/,
    ],
    ['a frame that is too long', new Uint8Array(9729), /received 9729/],
    ['a file that is not there', path.join(folder, 'none.pcap'), /none.pcap cannot be used: ENOENT/],
  ])('are refused when they are %s', (_, packets, message) => {
    expect(() => framesOf('packets', packets)).toThrow(message)
  })

  test.each([
    [
      'no capture',
      Buffer.from('something else, but long enough'),
      /expected a pcap or pcapng capture.* found a file that begins with/,
      'UNKNOWN_FORMAT',
    ],
    ['cut off', cut(-1), /expected a record of 755 bytes; found 754/, 'TRUNCATED'],
    ['cut off in a header', cut(24 + 8), /at byte 24: expected a record/, 'TRUNCATED'],
    ['of another link type', edited(20, 113), /its link type is 113/, 'FILE'],
    [
      'of shortened packets',
      edited(24 + 12, 61),
      /packet 1 was cut to 60 of its 61 bytes.*tcpdump -s 0/,
      'FILE',
    ],
  ])('are refused from a file that is %s', (name, bytes, message, code) => {
    const file = path.join(folder, `${name}.pcap`)
    writeFileSync(file, bytes)
    expect(() => readFrames(file)).toThrow(expect.objectContaining({ code: `ERR_DPDK_CAPTURE_${code}` }))
    expect(() => readFrames(file)).toThrow(message)
  })
})

function capture(): Buffer {
  const file = path.join(folder, 'whole.pcap')
  writeFrames(file, frames)
  return Buffer.from(readFileSync(file))
}

function cut(end: number): Buffer {
  return capture().subarray(0, end)
}

function edited(at: number, value: number): Buffer {
  const bytes = capture()
  bytes.writeUInt32LE(value, at)
  return bytes
}

test('matchers need no vitest', () => {
  expect(matchers.toDrop(run({ verdicts: [{ kind: 'drop' }] }))).toMatchObject({ pass: true })
})
