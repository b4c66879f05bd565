// Leaves every packet alone; with the data `stuck`, it never returns.
import { defineHandler } from 'dpdk-node'

export default defineHandler(({ data }) => () => {
  while (data === 'stuck');
})
