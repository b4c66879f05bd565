import { setTimeout as delay } from 'node:timers/promises'
import type {
  NativeLink,
  NativePort,
  NativePortConfiguration,
  NativePortCounters,
  NativePortStatistics,
} from './addon.js'
import type { AuditedPort } from './audit.js'
import { now } from './clock.js'
import { findOrAttach } from './device.js'
import { DpdkError } from './errors.js'
import {
  type GenerateOptions,
  type GeneratorPort,
  type ReplayOptions,
  TrafficGenerator,
} from './generator.js'
import { Mempool } from './mempool.js'
import { MacAddress } from './packet/mac-address.js'
import { OwnedPacket } from './packet/owned-packet.js'
import type { CaptureSource } from './pcap/read.js'
import { checkMtu, type PortOptions, resolvePortOptions } from './port-options.js'
import { PortSender } from './port-sender.js'
import { ReceiveQueues } from './receive-queues.js'
import { type Runtime, runtime } from './runtime.js'
import { snapshot } from './snapshot.js'
import { checkBoolean, checkInteger, checkOptions, invalidType } from './validate.js'

/** A device's port as it was found: its limits and its state. */
export type PortInformation = NativePort
/** What the device made of the options: queues and descriptors within its limits. */
export type PortConfiguration = NativePortConfiguration
export type Link = NativeLink
/** The device's own counters, `rte_eth_stats`. What they include differs between drivers. */
export type PortStatistics = NativePortStatistics & { toJSON(): unknown }
/** What was counted at the port by this library: every packet under exactly one name. */
export type PortCounters = NativePortCounters & { toJSON(): unknown }

const LINK_POLL_MILLISECONDS = 100
/** Bytes of a frame beside its payload, a VLAN tag included, and of a buffer before its packet. */
const FRAME_OVERHEAD = 22
const HEADROOM = 128
const WRITABLE_POLL_MILLISECONDS = 1

/**
 * A network port: a NIC, or a virtual device such as a tap interface.
 *
 * @example
 * ```ts
 * const [left, right] = await Promise.all([
 *   Port.open('net_tap0,iface=left'),
 *   Port.open('0000:01:00.0', { rxQueues: 2, promiscuous: true }),
 * ])
 * await left.rx.run(forward({ to: right }))
 * ```
 *
 * @see https://doc.dpdk.org/guides/prog_guide/ethdev/ethdev.html
 */
export class Port {
  readonly id: number
  /** As DPDK names it: `net_tap0`, `0000:01:00.0`. */
  readonly name: string
  /** What the device got of what was asked for. */
  readonly configuration: Readonly<PortConfiguration>
  /** Its receive queues, on which programs run. */
  readonly rx: ReceiveQueues
  readonly #runtime: Runtime
  readonly #information: NativePort
  readonly #sender: PortSender | undefined
  readonly #dataRoom: number
  readonly #incarnation: number
  #macAddress: string
  #mtu: number
  #promiscuous: boolean
  readonly #generators = new Set<TrafficGenerator>()
  #closing: Promise<void> | undefined
  #finalCounters: PortCounters | undefined

  private constructor(
    runtime: Runtime,
    information: NativePort,
    configuration: NativePortConfiguration,
    dataRoom: number,
    sender: PortSender | undefined,
  ) {
    this.#runtime = runtime
    this.#incarnation = ++runtime.made.ports
    this.#information = information
    this.#dataRoom = dataRoom
    this.#sender = sender
    this.id = information.id
    this.name = information.name
    this.configuration = configuration
    this.rx = new ReceiveQueues(
      this,
      configuration.rxQueues.map(({ queue }) => queue),
    )
    this.#macAddress = configuration.macAddress
    this.#mtu = configuration.mtu
    this.#promiscuous = configuration.promiscuous
  }

  /** All ports that EAL knows, open or not. */
  static list(): Promise<PortInformation[]> {
    return runtime().addon.portList()
  }

  /**
   * Opens a port: attaches the device when there is none of that name yet, sets up its queues, starts it.
   *
   * @param port a port's id or name, or a device with its arguments, `net_tap0,iface=left`.
   * @throws {DpdkError} for example `ERR_DPDK_DEVICE_NOT_FOUND`, `ERR_DPDK_PORT_OPEN`.
   */
  static async open(port: number | string, options: PortOptions = {}): Promise<Port> {
    const current = runtime()
    const settings = resolvePortOptions(options, current)
    const { addon, arena, ports, queueCounts } = current
    const { id, attached } = await findOrAttach(port, current)
    if (ports.has(id)) {
      throw new DpdkError(`port ${id} is open already`, {
        code: 'ERR_DPDK_PORT_OPEN',
        hint: 'Use the Port that is there, or close it first.',
      })
    }
    ports.set(id, { close: async () => {} })
    try {
      const information = await addon.portInfo(id)
      const mempool = settings.mempool ?? (await Mempool.default(information.socket))
      const configuration = await addon.portConfigure(id, { ...settings, mempool: mempool.id })
      const sender =
        settings.sendRingSize === 0
          ? undefined
          : new PortSender(arena, await addon.sendRingOpen(id, settings.sendRingSize), addon.lcoreWake)
      const opened = new Port(current, information, configuration, mempool.dataRoom, sender)
      for (const { lcore } of configuration.rxQueues)
        queueCounts.set(lcore, (queueCounts.get(lcore) ?? 0) + 1)
      ports.set(id, opened)
      return opened
    } catch (error) {
      ports.delete(id)
      if (attached) await addon.portClose(id, true).catch(() => {})
      throw error
    }
  }

  get isOpen(): boolean {
    return this.#closing === undefined
  }

  get driver(): string {
    return this.#information.driver
  }

  /** NUMA node of the device; -1 where unknown. */
  get socket(): number {
    return this.#information.socket
  }

  get macAddress(): string {
    return this.#macAddress
  }

  /** In bytes: the longest payload of a frame. */
  get mtu(): number {
    return this.#mtu
  }

  /** Whether frames for other MAC addresses are received too. */
  get promiscuous(): boolean {
    return this.#promiscuous
  }

  async setMacAddress(address: string | MacAddress): Promise<void> {
    const text = (address instanceof MacAddress ? address : new MacAddress(address)).toString()
    await this.#addon.portSetMacAddress(this.id, text)
    this.#macAddress = text
  }

  async setMtu(mtu: number): Promise<void> {
    await this.#addon.portSetMtu(this.id, checkMtu('mtu', mtu))
    this.#mtu = mtu
  }

  async setPromiscuous(on: boolean): Promise<void> {
    await this.#addon.portSetPromiscuous(this.id, checkBoolean('on', on))
    this.#promiscuous = on
  }

  /** What EAL knows about it now. */
  async info(): Promise<PortInformation> {
    return this.#addon.portInfo(this.id)
  }

  async link(): Promise<Link> {
    return this.#addon.portLink(this.id)
  }

  /**
   * Waits until the link is up.
   * @param options `timeoutMs` defaults to 9000.
   * @throws {DpdkError} `ERR_DPDK_LINK_DOWN` when it is still down then.
   */
  async waitForLink(options: { timeoutMs?: number } = {}): Promise<Link> {
    checkOptions('options', options, ['timeoutMs'])
    const timeoutMs = checkInteger('options.timeoutMs', options.timeoutMs ?? 9000, {
      minimum: 0,
      maximum: 24 * 3600 * 1000,
      unit: 'milliseconds',
    })
    const end = now() + timeoutMs
    for (;;) {
      const link = await this.link()
      if (link.up) return link
      if (now() >= end) {
        throw new DpdkError(`the link of ${this.name} is still down after ${timeoutMs} ms`, {
          code: 'ERR_DPDK_LINK_DOWN',
          hint: 'Look at the cable or the other end: of a tap, the interface must be up (ip link set … up).',
        })
      }
      await delay(LINK_POLL_MILLISECONDS)
    }
  }

  /** The device's own counters, since it was opened or `resetStatistics()`. */
  async statistics(): Promise<PortStatistics> {
    return snapshot(await this.#addon.portStatistics(this.id))
  }

  /** Sets the device's own counters back. Those of `counters()` never go back. */
  async resetStatistics(): Promise<void> {
    await this.#addon.portResetStatistics(this.id)
  }

  /** What this library counted here; after `close()`, until then. */
  counters(): PortCounters {
    return this.#finalCounters ?? snapshot(this.#runtime.addon.portCounters(this.id))
  }

  /**
   * Sends frames, in order: copies them to an lcore, which hands them to the device soon.
   *
   * @param frames one frame or several, from the destination MAC address to the end of the payload, 14 bytes or more.
   *   Packets of `allocate()` may be among them; they go without a copy.
   * @returns how many of them were taken, the first ones; fewer than all when the port's send ring is full. Then wait
   *   for `writable()`. What becomes of them afterwards is in `counters().tx`: frames longer than the MTU allows, for
   *   example, are `rejectedTooLong`.
   * @throws {RangeError} for a frame that does not fit into a buffer. Those before it are sent.
   *
   * @example
   * ```ts
   * for (let sent = port.send(frames); sent < frames.length; sent += port.send(frames.slice(sent))) {
   *   await port.writable()
   * }
   * ```
   */
  send(frames: Uint8Array | OwnedPacket | Iterable<Uint8Array | OwnedPacket>): number {
    const list = frames instanceof Uint8Array || frames instanceof OwnedPacket ? [frames] : frames
    if (typeof (list as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== 'function') {
      throw invalidType('frames', 'a Uint8Array, an allocated packet, or an iterable of them', frames)
    }
    return this.#openSender().send(list)
  }

  /**
   * Takes empty packets, to be filled in place and sent without a copy. They count among those that `send` can have on
   * their way; drop what is not sent.
   *
   * @returns as many as are free, `count` at most. With too few, wait for `writable()`.
   *
   * @example
   * ```ts
   * for (const packet of port.allocate(32)) {
   *   packet.length = 60
   *   packet.bytes.set(frame)
   *   port.send(packet)
   * }
   * ```
   */
  allocate(count: number): OwnedPacket[] {
    checkInteger('count', count, { minimum: 0, maximum: 4096, unit: 'packets' })
    return this.#openSender().allocate(count, this.allocate)
  }

  /** Waits until `send` takes at least one frame, and `allocate` has a packet. */
  async writable(): Promise<void> {
    while (this.#openSender().available === 0) await delay(WRITABLE_POLL_MILLISECONDS)
  }

  /**
   * Makes packets on an lcore and sends them: streams made of templates, with fields that differ from packet to packet.
   *
   * @throws {TypeError | RangeError} for options that cannot be right
   *
   * @example
   * ```ts
   * const generator = await port.generate({
   *   streams: [{
   *     frame: [ethernet(), ipv4(), udp()],
   *     size: 'imix',
   *     fields: { 'ipv4.source': { minimum: '10.0.0.1', maximum: '10.0.0.254' }, 'udp.sourcePort': { random: true } },
   *   }],
   *   rate: { packetsPerSecond: 100_000 },
   *   seconds: 10,
   * })
   * console.log(await generator.finished())
   * ```
   */
  generate(options: GenerateOptions): Promise<TrafficGenerator> {
    return this.#generating((port) => TrafficGenerator.generate(port, options))
  }

  /**
   * Sends a recording, pcap or pcapng, from memory: as it was recorded, faster or slower, or at a rate. Of packets that a
   * snap length has cut, what was kept is sent.
   *
   * @throws {DpdkError} `ERR_DPDK_REPLAY_TOO_LARGE`, `ERR_DPDK_REPLAY_LENGTH`, `ERR_DPDK_REPLAY_LINK_TYPE`,
   *   `ERR_DPDK_REPLAY_EMPTY`, `ERR_DPDK_REPLAY_NO_TIME`, and what `readCapture` throws
   *
   * @example
   * ```ts
   * const generator = await port.replay('office.pcap', { speed: 10, loops: 3 })
   * await generator.finished()
   * ```
   */
  replay(source: CaptureSource, options: ReplayOptions = {}): Promise<TrafficGenerator> {
    return this.#generating((port) => TrafficGenerator.replay(port, source, options))
  }

  /** @internal */
  async audited(): Promise<AuditedPort | undefined> {
    const { rxQueues, rxDescriptors, txQueues, txDescriptors } = this.configuration
    const statistics = await this.#runtime.addon.portStatistics(this.id).catch((error) => {
      // It is being closed, and just gone: it has nothing to say any more.
      if (this.isOpen) throw error
      return undefined
    })
    if (statistics === undefined) return undefined
    const { transmittedPackets, transmitErrors } = statistics
    return {
      id: this.id,
      incarnation: this.#incarnation,
      descriptors: rxQueues.length * rxDescriptors + txQueues * txDescriptors,
      segments: Math.ceil((this.#mtu + FRAME_OVERHEAD) / (this.#dataRoom - HEADROOM)),
      transmittedPackets,
      transmitErrors,
    }
  }

  /** Starts it again after `stop()`; `open` has started it already. */
  async start(): Promise<void> {
    await this.#addon.portStart(this.id)
  }

  /** Stops receiving and sending. Programs stay; what they send to it meanwhile is dropped as `rejectedClosed`. */
  async stop(): Promise<void> {
    await this.#addon.portStop(this.id)
  }

  /**
   * Stops its program, waits for packets in handlers and in transmit buffers, and closes it; a device that `open` attached
   * is detached. Harmless when repeated.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close(this.#information.attachedHere)
    return this.#closing
  }

  /** Closes it and unplugs the device, also one that EAL found at its start. */
  detach(): Promise<void> {
    this.#closing ??= this.#close(true)
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(detach: boolean): Promise<void> {
    const { addon, ports, queueCounts } = this.#runtime
    try {
      await Promise.all([...this.#generators].map((generator) => generator.stop()))
      await this.rx.close()
      this.#sender?.close()
      if (this.#sender) await addon.sendRingClose(this.#sender.id)
      await addon.portStop(this.id)
    } finally {
      this.#finalCounters = snapshot(addon.portCounters(this.id))
      this.#finalCounters = snapshot(await addon.portClose(this.id, detach))
      ports.delete(this.id)
      for (const { lcore } of this.configuration.rxQueues)
        queueCounts.set(lcore, (queueCounts.get(lcore) ?? 1) - 1)
    }
  }

  async #generating(start: (port: GeneratorPort) => Promise<TrafficGenerator>): Promise<TrafficGenerator> {
    this.#refuseClosed()
    const generator = await start({
      id: this.id,
      longestFrame: this.#dataRoom - HEADROOM,
      linkSpeed: async () => (await this.link()).speed,
      onEnd: (ended) => this.#generators.delete(ended),
    })
    this.#generators.add(generator)
    return generator
  }

  get #addon() {
    this.#refuseClosed()
    return this.#runtime.addon
  }

  #openSender(): PortSender {
    this.#refuseClosed()
    if (this.#sender) return this.#sender
    throw new DpdkError(`${this.name} was opened without a send ring`, {
      code: 'ERR_DPDK_NO_SEND_RING',
      hint: 'Leave the option sendRingSize out, or give it a power of two.',
    })
  }

  #refuseClosed(): void {
    if (!this.isOpen) throw new DpdkError(`${this.name} is closed`, { code: 'ERR_DPDK_PORT_CLOSED' })
  }
}
