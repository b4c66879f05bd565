// What DPDK's l3fwd says about its options, as far as they are offered, and about ours.

export const usage = `l3fwd.ts [EAL options] -- -p PORTMASK [--config (port,queue,lcore)[,(port,queue,lcore)]]
  -p PORTMASK: Hexadecimal bitmask of ports to configure
  -P : Enable promiscuous mode
  --lookup: Select the lookup method
            Default: as many routes as there are decide
            Accepted: lpm (Longest Prefix Match), fib (Forwarding Information Base); IPv6 always has fib
  -L : Enable longest prefix match, legacy flag please use --lookup=lpm instead
  --config (port,queue,lcore): Rx queue configuration
            Default: one queue for each port, spread over the lcores
  --rx-queue-size NPKTS: Rx queue size in decimal (default is 1024)
  --tx-queue-size NPKTS: Tx queue size in decimal (default is 1024)
  --eth-dest=X,MM:MM:MM:MM:MM:MM: Ethernet destination for port X
  --max-pkt-len PKTLEN: maximum packet length in decimal (64-9600)
  --per-port-pool: Use separate buffer pool per port
  --rule_ipv4=FILE, --rule_ipv6=FILE: routes, one a line: R192.0.2.0/24 PORT, R2001:db8::/32 PORT
            Default: 198.18.PORT.0/24 and 2001:200:0:PORT::/64
  --no-numa, --ipv6, --parse-ptype, --hash-entry-num N, --mode poll: make no difference here
  --duration SECONDS: end after so much forwarding
`
