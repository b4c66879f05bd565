export { AccessList, type AccessListOptions } from './access-list.js'
export type { AccessRule } from './access-rule.js'
export { acl } from './actions/acl.js'
export type { Action, Output } from './actions/action.js'
export { bridge } from './actions/bridge.js'
export { count } from './actions/count.js'
export { drop } from './actions/drop.js'
export { forward } from './actions/forward.js'
export { handle, type WorkerHandleOptions } from './actions/handle.js'
export type { HandleOptions } from './actions/handle-options.js'
export { l2fwd } from './actions/l2fwd.js'
export { l3fwd } from './actions/l3fwd.js'
export { macSwap } from './actions/mac-swap.js'
export { match } from './actions/match.js'
export { mirror } from './actions/mirror.js'
export { sample } from './actions/sample.js'
export { sink } from './actions/sink.js'
export { AddressTable } from './address-table.js'
export type { AuditReport } from './audit.js'
export type { Capture, CaptureCounters, CapturedPacket, CaptureOptions } from './capture.js'
export { Eal, type EalMemory } from './eal.js'
export type { EalOptions, IdlePolicy, PciOptions } from './eal-arguments.js'
export { type EalCommandLine, parseEalArguments } from './eal-command-line.js'
export type { MemoryKind, MemoryOptions } from './eal-memory.js'
export { DpdkError } from './errors.js'
export {
  type Filter,
  filter,
  type IpPrefixes,
  PacketFilter,
  type PortRange,
  type Ports,
  type TcpFlag,
  type TcpFlags,
} from './filter.js'
export type { FieldName } from './generator/field-names.js'
export type { Fields, Patch } from './generator/fields.js'
export { decodeProbe, type Probe } from './generator/probe.js'
export type { RateOptions } from './generator/rate.js'
export type { SizeOptions, WeightedSize } from './generator/sizes.js'
export type { StreamOptions } from './generator/stream.js'
export type { FieldValue, FieldValues } from './generator/values.js'
export type {
  GenerateOptions,
  GeneratorStatistics,
  ReplayOptions,
  TrafficGenerator,
} from './generator.js'
export {
  defineHandler,
  type Handler,
  type HandlerContext,
  type HandlerFactory,
  type HandlerOutput,
  type HandlerOutputs,
} from './handler.js'
export { HandlerWorker, type HandlerWorkerOptions } from './handler-worker.js'
export type { Latency } from './latency.js'
export type { Lcore, LcoreCounters } from './lcore.js'
export type { LcorePlacement } from './lcore-placement.js'
export { Mempool, type MempoolOptions } from './mempool.js'
export { type Measurement, Meter, type MeterOptions, type StreamMeasurement } from './meter.js'
export type { Batch } from './packet/batch.js'
export type { ArpHeader } from './packet/headers/arp.js'
export type { AuthenticationHeader } from './packet/headers/authentication.js'
export type { DhcpHeader } from './packet/headers/dhcp.js'
export type { DnsHeader } from './packet/headers/dns.js'
export type { EthernetHeader } from './packet/headers/ethernet.js'
export type { GreHeader } from './packet/headers/gre.js'
export type { GtpUHeader } from './packet/headers/gtp-u.js'
export type { IcmpHeader } from './packet/headers/icmp.js'
export type { Icmpv6Header } from './packet/headers/icmpv6.js'
export type { IgmpHeader } from './packet/headers/igmp.js'
export type { Ipv4Header } from './packet/headers/ipv4.js'
export type { Ipv6Extension, Ipv6Header } from './packet/headers/ipv6.js'
export type { FragmentHeader } from './packet/headers/ipv6-fragment.js'
export type { MobilityHeader } from './packet/headers/ipv6-mobility.js'
export type { DestinationOptionsHeader, HopByHopHeader } from './packet/headers/ipv6-options.js'
export type { RoutingHeader } from './packet/headers/ipv6-routing.js'
export type { LldpHeader } from './packet/headers/lldp.js'
export type { MplsHeader } from './packet/headers/mpls.js'
export type { SctpHeader } from './packet/headers/sctp.js'
export type { TcpHeader } from './packet/headers/tcp.js'
export type { VxlanHeader } from './packet/headers/vxlan.js'
export type { InnerPacket } from './packet/layers.js'
export { MacAddress } from './packet/mac-address.js'
export type { OwnedPacket } from './packet/owned-packet.js'
export type { Packet } from './packet/packet.js'
export type { VlanTagToPush } from './packet/vlan-tags.js'
export {
  type Link,
  Port,
  type PortConfiguration,
  type PortCounters,
  type PortInformation,
  type PortStatistics,
} from './port.js'
export type { PortOptions } from './port-options.js'
export type { Program, ProgramEvents, ProgramStatistics, TimeLimit } from './program.js'
export type {
  ActionCost,
  ActionDescription,
  MeasureOptions,
  ProgramDescription,
} from './program-description.js'
export type { ActionStatistics } from './program-version.js'
export type { ReceiveQueues } from './receive-queues.js'
export type { WaitPolicy } from './ring/consumer.js'
export type { Neighbour, NextHop, Route } from './route.js'
export {
  type FoundRoute,
  type LoadOptions,
  type ReplaceOptions,
  type RouteProgress,
  RouteTable,
  type RouteTableOptions,
} from './route-table.js'
export type { ArgumentError } from './validate.js'
export type { WorkerOptions } from './worker.js'
