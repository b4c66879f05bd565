/**
 * Reads the IPv4 destination of every packet for this host with npm's `raw-socket`, which sees packets of one protocol that
 * the kernel has taken for its own addresses: without their Ethernet headers.
 */
import { answerCounts, peer } from './receiver.js'

interface RawSocketModule {
  Protocol: { TCP: number; UDP: number }
  createSocket(options: { protocol: number; bufferSize: number }): {
    on(event: 'message', listener: (buffer: Buffer, source: string) => void): void
    on(event: 'error', listener: (error: Error) => void): void
    setOption(level: number, option: number, value: number): void
  }
  SocketLevel: { SOL_SOCKET: number }
  SocketOption: { SO_RCVBUF: number }
}

const KERNEL_BUFFER = 10 * 1024 * 1024

const raw = peer('raw-socket') as RawSocketModule
const received = answerCounts()
// They stop receiving when nobody refers to them any more.
export const sockets = [raw.Protocol.UDP, raw.Protocol.TCP].map((protocol) => {
  const socket = raw.createSocket({ protocol, bufferSize: 2048 })
  socket.setOption(raw.SocketLevel.SOL_SOCKET, raw.SocketOption.SO_RCVBUF, KERNEL_BUFFER)
  socket.on('message', (buffer) => {
    received.count(buffer.readUInt32BE(16))
  })
  socket.on('error', (error) => console.error(error))
  return socket
})
console.log('ready')
