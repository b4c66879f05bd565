import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'dpdk-node-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  vi.unstubAllEnvs()
})

/** The error of loading this file as the addon. */
async function failureOf(content?: string) {
  const file = path.join(folder, 'dpdk_node.node')
  if (content !== undefined) writeFileSync(file, content)
  vi.stubEnv('DPDK_NODE_ADDON', file)
  vi.resetModules()
  const { loadAddon } = await import('../../lib/addon.js')
  try {
    loadAddon()
  } catch (error) {
    return { error: error as Error & { code: string; hint: string }, file }
  }
  throw new Error('it was loaded')
}

describe('an addon that cannot be loaded', () => {
  it('may not have been built', async () => {
    const { error, file } = await failureOf()
    expect(error.code).toBe('ERR_DPDK_ADDON_NOT_LOADED')
    expect(error.message).toContain(`${file} (not there)`)
    expect(error.hint).toContain('npm run setup')
  })

  it('may be no addon', async () => {
    const { error } = await failureOf('not an ELF file, but long enough to have a header. '.repeat(4))
    expect(error.code).toBe('ERR_DPDK_ADDON_NOT_LOADED')
    expect(error.hint).toContain('another kind of machine')
    expect(error.cause).toMatchObject({ code: 'ERR_DLOPEN_FAILED' })
  })
})
