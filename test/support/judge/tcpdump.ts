// What tcpdump says, one call for many packets.

import { execFileSync } from 'node:child_process'

/** Of each packet of a capture its line, without the time. */
export function tcpdumpLines(path: string): string[] {
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']
  const options = { encoding: 'utf8' as const, maxBuffer: 2 ** 28, stdio }
  return execFileSync('tcpdump', ['-n', '-S', '-t', '-r', path], options).split('\n').slice(0, -1)
}
