// The addon's entry, once per JavaScript thread that loads it.
#include <napi.h>

#include "environment.h"
#include "exports.h"

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  using namespace dpdk_node;
  open_environment(env);
  export_access_list(exports);
  export_address_table(exports);
  export_audit(exports);
  export_capture(exports);
  export_eal(exports);
  export_filter(exports);
  export_generator(exports);
  export_layout(exports);
  export_lcore(exports);
  export_mempool(exports);
  export_meter(exports);
  export_port(exports);
  export_program(exports);
  export_route_table(exports);
  export_consumer(exports);
  export_send_ring(exports);
  return exports;
}

NODE_API_MODULE(dpdk_node, init)
