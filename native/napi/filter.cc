#include "core/filter.h"

#include "convert.h"
#include "exports.h"

namespace dpdk_node {

void export_filter(Napi::Object exports) {
  export_function(exports, "filterFault", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const auto fault = Filter::fault_of(info[0].As<Napi::String>());
    if (!fault) return info.Env().Undefined();
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("message", fault->message);
    if (fault->place) {
      object.Set("place", static_cast<double>(*fault->place));
      object.Set("word", fault->word);
    }
    return object;
  });
}

}  // namespace dpdk_node
