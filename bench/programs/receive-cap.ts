/** Reads the IPv4 destination of every frame of an interface, its argument, with npm's `cap`: as its README does it. */
import { answerCounts, peer } from './receiver.js'

interface Capture {
  open(device: string, filter: string, bufferSize: number, buffer: Buffer): string
  on(event: 'packet', listener: (length: number, truncated: boolean) => void): void
}

const KERNEL_BUFFER = 10 * 1024 * 1024

const { Cap } = peer('cap') as { Cap: new () => Capture }
const received = answerCounts()
const capture = new Cap()
const buffer = Buffer.alloc(65535)
capture.open(process.argv[2] ?? '', '', KERNEL_BUFFER, buffer)
capture.on('packet', () => {
  if (buffer.readUInt16BE(12) !== 0x0800) return
  received.count(buffer.readUInt32BE(30))
})
console.log('ready')
