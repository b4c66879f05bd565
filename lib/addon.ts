/** Loads the native addon; what it exports is in native/. */

import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DpdkError, fromNative } from './errors.js'
import type { Addon } from './native/addon.js'

export type * from './native/addon.js'

/** The package's folder: lib/ and dist/ are in it. */
const moduleRoot = fileURLToPath(new URL('..', import.meta.url))

let loaded: Addon | undefined

/**
 * Loads the binary, once: the one that DPDK_NODE_ADDON names, the one built here, or a prebuilt one.
 *
 * @throws {DpdkError} `ERR_DPDK_ADDON_NOT_LOADED`; its hint tells what to do.
 */
export function loadAddon(): Addon {
  loaded ??= translateErrors(loadBinary())
  return loaded
}

function loadBinary(): Addon {
  const require = createRequire(import.meta.url)
  const named = process.env.DPDK_NODE_ADDON
  const places = candidates()
  try {
    if (named) return require(named) as Addon
    const bindings = require('bindings') as typeof import('bindings')
    return bindings({
      bindings: 'dpdk_node.node',
      module_root: moduleRoot,
      try: places.map((place) => ['module_root', ...place]),
    }) as Addon
  } catch (error) {
    throw notLoaded(error as Error, named ? [named] : places.map((place) => join(moduleRoot, ...place)))
  }
}

function candidates(): string[][] {
  const prebuilds = ['prebuilds', `${process.platform}-${process.arch}`]
  const folder = join(moduleRoot, ...prebuilds)
  const prebuilt = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.node')) : []
  return [
    ['build', 'Release', 'dpdk_node.node'],
    ['build', 'Debug', 'dpdk_node.node'],
    ...prebuilt.map((name) => [...prebuilds, name]),
  ]
}

/** The cause behind what the dynamic loader says, and what to do about it. */
const remedies: readonly { symptom: RegExp; remedy: string }[] = [
  {
    symptom: /librte_\w+\.so[.\d]*: cannot open shared object/,
    remedy:
      'DPDK is not installed, or not the version this was built with. Debian and Ubuntu: sudo apt-get install libdpdk-dev; then npm run setup to build again.',
  },
  {
    symptom: /(lib\w+)\.so[.\d]*: cannot open shared object/,
    remedy: 'A library is missing that DPDK needs. Debian and Ubuntu: sudo apt-get install libdpdk-dev.',
  },
  {
    symptom: /undefined symbol: (rte_\w+|per_lcore_\w+)|version .DPDK_\w+. not found/,
    remedy:
      'The installed DPDK is another version than the one this was built with. Build again: npm run setup.',
  },
  {
    symptom: /GLIBC(XX)?_[\d.]+. not found/,
    remedy: 'The binary was built on a newer system. Build it here: npm run setup.',
  },
  {
    symptom: /wrong ELF class|invalid ELF header|Exec format error/,
    remedy: `The binary is for another kind of machine than ${process.platform}-${process.arch}. Build it here: npm run setup.`,
  },
  {
    symptom: /NODE_MODULE_VERSION|did not self-register/,
    remedy: 'The binary is not a Node-API addon for this Node. Build again: npm run setup.',
  },
  {
    symptom: /Could not locate the bindings file|Cannot find module/,
    remedy:
      'It has not been built. In a clone: npm run setup. As a dependency: npm rebuild dpdk-node (needs libdpdk-dev, ' +
      'cmake, g++, make and python3; it is skipped under npm install --ignore-scripts).',
  },
]

function notLoaded(cause: Error, places: readonly string[]): DpdkError {
  const remedy = remedies.find(({ symptom }) => symptom.test(cause.message))?.remedy
  const list = places.map((place) => `  ${place}${existsSync(place) ? '' : ' (not there)'}`)
  return new DpdkError(
    ['the native part of dpdk-node cannot be loaded', ...list, `  ${cause.message.split('\n')[0]}`, remedy]
      .filter((line) => line !== undefined)
      .join('\n'),
    { code: 'ERR_DPDK_ADDON_NOT_LOADED', hint: remedy, cause },
  )
}

/** The one place where native errors become `DpdkError`s. */
function translateErrors(binary: Addon): Addon {
  const translated: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(binary)) {
    translated[name] = typeof value === 'function' ? translateErrorsOf(value) : value
  }
  return translated as unknown as Addon
}

function translateErrorsOf(native: (...args: unknown[]) => unknown) {
  return (...args: unknown[]): unknown => {
    try {
      const result = native(...args)
      return result instanceof Promise ? settle(result) : result
    } catch (error) {
      throw fromNative(error)
    }
  }
}

/** An async function, so that the error's stack leads to who awaits it. */
async function settle(result: Promise<unknown>): Promise<unknown> {
  try {
    return await result
  } catch (error) {
    throw fromNative(error)
  }
}
