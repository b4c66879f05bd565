// Each adds its nouns' functions to the addon's exports, as lib/addon.ts declares them.
#pragma once

#include <napi.h>

namespace dpdk_node {

void export_access_list(Napi::Object exports);
void export_address_table(Napi::Object exports);
void export_audit(Napi::Object exports);
void export_capture(Napi::Object exports);
void export_eal(Napi::Object exports);
void export_filter(Napi::Object exports);
void export_generator(Napi::Object exports);
void export_layout(Napi::Object exports);
void export_lcore(Napi::Object exports);
void export_mempool(Napi::Object exports);
void export_meter(Napi::Object exports);
void export_port(Napi::Object exports);
void export_program(Napi::Object exports);
void export_route_table(Napi::Object exports);
void export_consumer(Napi::Object exports);
void export_send_ring(Napi::Object exports);

}  // namespace dpdk_node
