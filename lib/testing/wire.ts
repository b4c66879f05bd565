/**
 * A port with a cable that ends in files: DPDK's net_pcap reads what comes from one, and writes what goes to another. So
 * what goes out is never lost, whatever the speed, and comes in at once or not at all.
 */

import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import path from 'node:path'
import { DpdkError } from '../errors.js'
import type { Mempool } from '../mempool.js'
import { Port } from '../port.js'
import type { PortOptions } from '../port-options.js'
import { readFrames, writeFrames } from './capture-file.js'

export class Wire {
  readonly port: Port
  readonly #folder: string
  /** What went out until the device was last restarted. */
  readonly #sent: Uint8Array[] = []
  #fed = 0

  private constructor(port: Port, folder: string) {
    this.port = port
    this.#folder = folder
  }

  static async open(device: string, folder: string, mempool: Mempool, options: PortOptions): Promise<Wire> {
    mkdirSync(folder)
    const [input, output] = [inputOf(folder), outputOf(folder)]
    writeFrames(input, [])
    const arguments_ = `rx_pcap=${input},tx_pcap=${output}`
    return new Wire(await Port.open(`${device},${arguments_}`, { mempool, ...options }), folder)
  }

  /** Frames that were fed and have not been received yet. */
  get waiting(): number {
    const received = this.port.counters().rxQueues.reduce((sum, queue) => sum + queue.received, 0n)
    return this.#fed - Number(received)
  }

  /** Polls that were left out because a handler had as many packets as its ring holds. */
  get backpressured(): bigint {
    return this.port.counters().rxQueues.reduce((sum, queue) => sum + queue.backpressured, 0n)
  }

  /** Frames that are in transmit buffers. */
  get buffered(): bigint {
    return this.port.counters().tx.buffered
  }

  /**
   * The device reads a file from its start on, when it is started; so for other frames it is started again. It is stopped
   * for less than a millisecond, at a moment at which nothing else is to do.
   *
   * @throws {DpdkError} `ERR_DPDK_SENT_WHILE_FED` when a timer sent something in that moment.
   */
  async feed(frames: readonly Uint8Array[]): Promise<void> {
    const next = path.join(this.#folder, 'next.pcap')
    writeFrames(next, frames)
    renameSync(next, inputOf(this.#folder))
    // The device writes on to the file under its new name until it stops, and then makes another.
    const done = path.join(this.#folder, 'done.pcap')
    renameSync(outputOf(this.#folder), done)
    this.#fed += frames.length
    const { rejectedClosed } = this.port.counters().tx
    await Promise.all([this.port.stop(), this.port.start()])
    this.#sent.push(...framesIn(done))
    const lost = this.port.counters().tx.rejectedClosed - rejectedClosed
    if (lost === 0n) return
    throw new DpdkError(`${lost} packets were sent to ${this.port.name} in the moment in which it was fed`, {
      code: 'ERR_DPDK_SENT_WHILE_FED',
      hint: 'They are lost. Feed when the program does not send by itself: stop its timers, or use fake ones.',
    })
  }

  /** All frames that went out. The device writes each to its file before it counts it. */
  sent(): Uint8Array[] {
    return [...this.#sent, ...framesIn(outputOf(this.#folder))]
  }
}

function inputOf(folder: string): string {
  return path.join(folder, 'input.pcap')
}

function outputOf(folder: string): string {
  return path.join(folder, 'output.pcap')
}

/** The file's header comes with the first frame. */
function framesIn(file: string): Uint8Array[] {
  return existsSync(file) && statSync(file).size > 0 ? readFrames(file) : []
}
