// Runs when dpdk-node is installed as a package (in a clone, scripts/setup does this work instead).
// A prebuilt addon is used if this machine can load it; otherwise one is built against the system's DPDK.
// `npm install --build-from-source` builds in any case.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const prebuild = `${root}prebuilds/${process.platform}-${process.arch}/dpdk_node.node`

/** @param {string} command @param {string[]} args */
const succeeds = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0

// In a process of its own, because a library that does not fit may take its process down.
const loads = () =>
  succeeds(process.execPath, '-e', 'process.dlopen({ exports: {} }, process.argv[1])', prebuild)

const missing = () => [
  ...(succeeds('pkg-config', '--exists', 'libdpdk >= 22.11') ? [] : ['libdpdk-dev', 'pkg-config']),
  ...(succeeds('c++', '--version') ? [] : ['g++']),
  ...(succeeds('cmake', '--version') ? [] : ['cmake']),
  ...(succeeds('make', '--version') || succeeds('ninja', '--version') ? [] : ['make']),
]

function build() {
  const packages = missing()
  if (packages.length > 0) {
    console.error(
      `dpdk-node: no prebuilt addon ${existsSync(prebuild) ? 'loads' : 'exists'} here, and to build one, ` +
        'DPDK 22.11 or later and a compiler are needed. On Debian and Ubuntu:\n\n' +
        `  sudo apt-get install ${packages.join(' ')}\n\nThen install dpdk-node again.`,
    )
    return 1
  }
  const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js')
  const parallel = String(availableParallelism())
  const { status } = spawnSync(process.execPath, [cmakeJs, 'build', '--parallel', parallel], {
    cwd: root,
    stdio: 'inherit',
  })
  return status ?? 1
}

const wanted = process.env.npm_config_build_from_source
if ((wanted && wanted !== 'false') || !existsSync(prebuild) || !loads()) process.exitCode = build()
