// What DPDK's l2fwd says about its options, and about ours.

export const usage = `l2fwd.ts [EAL options] -- -p PORTMASK [-P] [-q NQ]
  -p PORTMASK: hexadecimal bitmask of ports to configure
  -P : Enable promiscuous mode
  -q NQ: number of queue (=ports) per lcore (default is 1)
  -T PERIOD: statistics will be refreshed each PERIOD seconds (0 to disable, 10 default, 86400 maximum)
  --no-mac-updating: Disable MAC addresses updating (enabled by default, --mac-updating)
      When enabled:
       - The source MAC address is replaced by the TX port MAC address
       - The destination MAC address is replaced by 02:00:00:00:00:TX_PORT_ID
  --portmap: Configure forwarding port pair mapping, such as "(0,2)(1,3)"
	      Default: alternate port pairs
  --mode MODE: who decides about packets (default is native)
       - native: nobody, lcores forward them by themselves
       - handler: TypeScript on the main thread
       - workers: TypeScript in Workers, one for each port
  --duration SECONDS: end after so much forwarding
Without EAL options and -p: forwards the captured traffic of a small office, and ends.
`
