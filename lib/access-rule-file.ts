import { readFile } from 'node:fs/promises'
import type { AccessRule } from './access-rule.js'
import { DpdkError } from './errors.js'

/**
 * Reads the denying rules of a file as DPDK's l3fwd has them: `@SOURCE DESTINATION FIRST : LAST FIRST : LAST PROTOCOL/MASK`.
 * Its routes (`R…`), comments and empty lines are left out.
 */
export async function readAccessRuleFile(path: string): Promise<AccessRule[]> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  return lines.flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#') || line.startsWith('R')) return []
    const rule = line.startsWith('@') ? parse(line.slice(1)) : undefined
    if (rule !== undefined) return [rule]
    throw new DpdkError(`${path}, line ${index + 1}: this is no rule`, {
      code: 'ERR_DPDK_ACCESS_RULE_FILE',
      hint: 'A rule looks like this: @192.0.2.0/24 0.0.0.0/0 0 : 65535 80 : 80 0x06/0xff',
    })
  })
}

const RULE =
  /^\s*(\S+)\s+(\S+)\s+(\d+)\s*:\s*(\d+)\s+(\d+)\s*:\s*(\d+)\s+(0x[\da-f]+|\d+)\/(0x[\da-f]+|\d+)\s*$/i

function parse(text: string): AccessRule | undefined {
  const match = RULE.exec(text)
  if (match === null) return undefined
  const [, source = '', destination = '', ...numbers] = match
  const [from = 0, to = 0, first = 0, last = 0, value = 0, mask = 0] = numbers.map(Number)
  return {
    action: 'deny',
    source,
    destination,
    sourcePorts: [from, to],
    destinationPorts: [first, last],
    protocol: { value, mask },
  }
}
