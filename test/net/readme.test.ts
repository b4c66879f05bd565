// The README's handler, as it stands there: between two hosts of their own it forwards, and counts TTLs down.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { canUseNamespaces, type Host, Network } from '../support/namespaces.js'

const namespaces = canUseNamespaces('ping', 'tcpdump')
const project = path.resolve(import.meta.dirname, '../..')

async function handlerInReadme(): Promise<string> {
  const readme = await readFile(path.join(project, 'README.md'), 'utf8')
  const program = /## A handler.*?```ts\n(.*?)```/s.exec(readme)?.[1]
  if (program === undefined) throw new Error('the README has no handler')
  return program
}

async function untilInterface(host: Host, name: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const links = await host.run('ip', ['-o', 'link'])
    if (links.includes(` ${name}: `)) return
    await delay(50)
  }
  throw new Error(`${name} has not appeared`)
}

describe.skipIf(!namespaces.usable)(`the README's handler ${namespaces.reason}`, () => {
  it('forwards between two hosts, with one hop less to live', async () => {
    // Inside the project, because it imports the package by its own name.
    const folder = await mkdtemp(path.join(project, 'build', 'readme-'))
    try {
      await writeFile(path.join(folder, 'handler.ts'), await handlerInReadme())
      await using network = await Network.create('left', 'right', 'router')
      const { left, right, router } = network.hosts
      const script = path.join(folder, 'handler.ts')
      await using program = router.start(process.execPath, ['--import', 'tsx', script])
      for (const host of [left, right]) {
        await untilInterface(router, host.name)
        const addresses = [`10.0.0.${host === left ? 1 : 2}/24`]
        await host.adopt(host.name, { from: router, addresses })
      }

      const seen = right.start('tcpdump', ['-lnvi', 'right', '-c', '1', 'icmp[icmptype] = icmp-echo'])
      await seen.line(/listening on right/)
      const replies = await left.run('ping', ['-c', '5', '-i', '0.2', '-w', '10', '10.0.0.2'])
      expect(replies).toMatch(/ 5 received/)
      expect((await seen.success()).stdout).toMatch(/ttl 63,/)

      program.signal('SIGINT')
      await program.success()
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
