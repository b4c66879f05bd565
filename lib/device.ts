import { DpdkError } from './errors.js'
import type { Runtime } from './runtime.js'
import { checkInteger, checkString } from './validate.js'

/**
 * The port that is meant by an id, a name, or a device's arguments; a device that EAL does not know is attached.
 *
 * @throws {DpdkError} `ERR_DPDK_PCI_DISABLED`, and what attaching a device says
 */
export async function findOrAttach(
  port: unknown,
  { addon, settings }: Runtime,
): Promise<{ id: number; attached: boolean }> {
  if (typeof port === 'number') {
    return { id: checkInteger('port', port, { minimum: 0, maximum: 65535 }), attached: false }
  }
  const device = checkString(
    'port',
    port,
    "a port's id, its name, or a device, for example 'net_tap0,iface=left'",
  )
  const known = (await addon.portList()).find(({ name }) => name === device)
  if (known) return { id: known.id, attached: false }
  if (settings.pci === 'none' && /^([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7](,|$)/i.test(device)) {
    throw new DpdkError(`${device} cannot be attached: PCI is switched off`, {
      code: 'ERR_DPDK_PCI_DISABLED',
      hint: `Eal.init({ pci: ['${device.split(',')[0]}'] }), or without --no-pci. Without hugepages it is off by default.`,
    })
  }
  return { id: await addon.portAttach(device), attached: true }
}
