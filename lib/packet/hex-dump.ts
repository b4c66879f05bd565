const BYTES_PER_LINE = 16

/** Bytes, sixteen a line, as `xxd` and tcpdump show them: offset, pairs of bytes, text. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    const line = bytes.subarray(at, at + BYTES_PER_LINE)
    const pairs = Buffer.from(line).toString('hex').replace(/.{4}/g, '$& ').trim()
    const text = Array.from(line, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    lines.push(`${at.toString(16).padStart(4, '0')}  ${pairs.padEnd(39)}  ${text.join('')}`)
  }
  return lines.join('\n')
}
