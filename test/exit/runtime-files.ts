// EAL's files of a child process: where it puts them, and what is left.

import { readdirSync } from 'node:fs'

/** The environment that makes EAL keep its files in a folder, whoever runs it. */
export function filesIn(folder: string): NodeJS.ProcessEnv {
  return { RUNTIME_DIRECTORY: folder }
}

/** What is in the folder, and in the one there that all DPDK programs share. */
export function filesLeft(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'dpdk')
}
