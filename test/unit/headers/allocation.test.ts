// Reading fields allocates nothing: millions of times, and the heap is as it was.

import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

/** So large that nothing is collected while it is measured. */
const OPTIONS = ['--expose-gc', '--min-semi-space-size=512', '--max-semi-space-size=512']

function bytesPerRead(reader: string): number {
  const output = execFileSync(process.execPath, [...OPTIONS, 'test/unit/headers/read-fields.js', reader], {
    encoding: 'utf8',
  })
  const { times, bytes } = JSON.parse(output) as { times: number; bytes: number }
  return bytes / times
}

describe('reading fields allocates nothing', () => {
  it.each(['ethernet', 'vlanTag', 'ipv4', 'ipv6', 'tcp', 'udp', 'vxlan', 'gre in mpls', 'gtpU'])(
    'of %s',
    (reader) => {
      // V8 itself makes some, 0.1 bytes a read. The smallest object has 16.
      expect(bytesPerRead(reader)).toBeLessThan(1)
    },
  )

  it.each(['string', 'object'])('which would show: a reader makes a %s', (reader) => {
    expect(bytesPerRead(reader)).toBeGreaterThan(15)
  })
})
