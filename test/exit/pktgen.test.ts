import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Frame } from 'dpdk-node/packets'
import { readCaptureFile } from 'dpdk-node/pcap'
import { expect, test } from 'vitest'
import { startScript } from '../support/program.js'

const rings = '--tx net_ring0 --rx net_ring1 --forward'

async function pktgen(line: string) {
  await using program = startScript('examples/pktgen.ts', line.split(' '))
  return await program.exit(40_000)
}

test('sends at a rate, and measures what arrives', async () => {
  const { code, stdout, stderr } = await pktgen(
    `${rings} --rate 20kpps --seconds 1.5 --size imix --source-port random`,
  )
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/ 1 s {2}sending 20\.0\d kpps, .*; received \d+, missing 0; latency \d+/)
  expect(stdout).toMatch(/^sent {8}30000 packets, \d+ bytes in 1\.\d+ s: 20\.0\d kpps$/m)
  expect(stdout).toMatch(/^received {4}30000 packets, 0 lost, 0 reordered, 0 twice$/m)
  expect(stdout).toMatch(/^latency {5}minimum \d+ ns, mean .*, p99\.9 .*, maximum /m)
})

test('writes what it is told to', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dpdk-node-pktgen-'))
  try {
    const output = path.join(folder, 'output.pcap')
    const { code, stderr } = await pktgen(
      `--tx net_pcap0,tx_pcap=${output} --packets 6 --vlan 7-8 --source 10.0.0.1-10.0.0.3 --destination-port 53 --size 60,100`,
    )
    expect([code, stderr]).toEqual([0, ''])
    const frames = readCaptureFile(output).map(({ bytes }) => new Frame(bytes))
    expect(frames.map(({ length }) => length)).toEqual([60, 100, 60, 100, 60, 100])
    expect(frames.map(({ ipv4 }) => ipv4?.source.at(-1)).join('')).toBe('123123')
    expect(frames.map(({ vlanTag }) => vlanTag?.id)).toEqual([7, 8, 7, 8, 7, 8])
    expect(frames.every((frame) => frame.udp?.destinationPort === 53 && frame.hasValidChecksums())).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('sends a recording', async () => {
  const { code, stdout } = await pktgen(
    `${rings} --replay examples/captures/office.pcap --speed inf --loops 2`,
  )
  expect(code).toBe(0)
  expect(stdout).toMatch(/^sent {8}678 packets/m)
  expect(stdout).toMatch(/^received {4}678 packets, 0 lost$/m)
})

test('searches for the highest rate without loss', async () => {
  const { code, stdout } = await pktgen(
    `${rings} --throughput --sizes 60,1514 --highest 100Mpps --trial 0.2 --settle 0.1 --resolution 10`,
  )
  expect(code).toBe(0)
  expect(stdout).toMatch(/^ {3}60 bytes +100\.00 Mpps {2}sent \d+ {2}(lost|\d+ could not be sent)/m)
  expect(stdout).toMatch(/^throughput, to within 10 % of 100\.00 Mpps$/m)
  expect(stdout).toMatch(/^ 1514 bytes {2}\d+\.\d\d [kM]?pps {2}\d+\.\d\d [kMG]bps on the wire$/m)
})

test('ends by a signal, and says what it did', async () => {
  await using program = startScript('examples/pktgen.ts', `${rings} --rate 5kpps`.split(' '))
  await program.line(/1 s {2}sending/)
  program.signal('SIGINT')
  const { code, stdout } = await program.exit()
  expect(code).toBe(0)
  expect(stdout).toMatch(/^received {4}\d+ packets, 0 lost/m)
})

test('explains what is wrong', async () => {
  const wrong = await pktgen('--rate fast')
  expect(wrong.code).toBe(1)
  expect(wrong.stderr).toMatch(/^--(tx is missing|rate)/)
  const none = await pktgen('--tx net_foo0')
  expect(none.code).toBe(1)
  expect(none.stderr).toContain('net_foo0')
})
