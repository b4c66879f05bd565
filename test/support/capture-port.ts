// Ports whose cables are capture files (net_pcap): what comes in is known beforehand, what goes out can be read.

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Port, type PortOptions } from 'dpdk-node'
import { readCaptureFile, writeCaptureFile } from 'dpdk-node/pcap'
import { until } from './until.js'

export interface CapturePortOptions extends PortOptions {
  /** Receives its frames again and again, as fast as they are taken. */
  endless?: boolean
}

const OUTPUT = 'output.pcap'

let opened = 0

/** A port that receives the given frames as soon as a program runs on it, and keeps what it sends. */
export class CapturePort implements AsyncDisposable {
  readonly port: Port
  readonly #folder: string

  private constructor(port: Port, folder: string) {
    this.port = port
    this.#folder = folder
  }

  static async open(
    frames: readonly Uint8Array[] = [],
    options: CapturePortOptions = {},
  ): Promise<CapturePort> {
    const { endless = false, ...portOptions } = options
    const folder = mkdtempSync(path.join(tmpdir(), 'capture-port-'))
    const input = path.join(folder, 'input.pcap')
    const records = frames.map((bytes) => ({ bytes, timestamp: 0n }))
    writeCaptureFile(input, records, { format: 'pcap' })
    const device = `net_pcap${opened++},rx_pcap=${input},tx_pcap=${path.join(folder, OUTPUT)}`
    try {
      const port = await Port.open(endless ? `${device},infinite_rx=1` : device, portOptions)
      return new CapturePort(port, folder)
    } catch (error) {
      rmSync(folder, { recursive: true })
      throw error
    }
  }

  /** Frames that came in so far. */
  get received(): number {
    return this.port.counters().rxQueues.reduce((sum, { received }) => sum + Number(received), 0)
  }

  /** Frames that went out so far. */
  get transmitted(): number {
    return Number(this.port.counters().tx.accepted)
  }

  /** Waits until so many frames went out, and returns all of them, in their order. */
  async sent(count: number): Promise<Uint8Array[]> {
    await until(`${this.port.name} has sent ${count} frames`, () => this.transmitted >= count)
    return this.sentSoFar()
  }

  /** The device writes each burst to its file before it accepts it. */
  sentSoFar(): Uint8Array[] {
    const output = path.join(this.#folder, OUTPUT)
    // Its header comes with the first frame.
    return statSync(output).size === 0 ? [] : readCaptureFile(output).map(({ bytes }) => bytes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.port.close()
    } finally {
      rmSync(this.#folder, { recursive: true, force: true })
    }
  }
}
