#include "access_list.h"

#include <rte_acl.h>
#include <rte_errno.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "eal.h"
#include "error.h"
#include "output.h"

namespace dpdk_node {

namespace {

enum Verdict : uint32_t { kNoRule = 0, kDenied = 1, kPermitted = 2 };  // rte_acl's user data

// rte_acl_field_def: type, size, number, which four bytes of input, offset.
template <size_t kAddressBytes>
struct Layout {
  using Key = FlowKey<kAddressBytes>;
  static constexpr uint8_t kWords = kAddressBytes / 4;
  static constexpr uint8_t kSourcePort = 1 + 2 * kWords;
  static constexpr uint8_t kFields = kSourcePort + 2;
  RTE_ACL_RULE_DEF(Rule, kFields);

  static void define(rte_acl_field_def* fields) {
    fields[0] = {RTE_ACL_FIELD_TYPE_BITMASK, 1, 0, 0, offsetof(Key, protocol)};
    for (uint8_t i = 1; i < kSourcePort; i++) {
      fields[i] = {RTE_ACL_FIELD_TYPE_MASK, 4, i, i,
                   static_cast<uint32_t>(offsetof(Key, source) + size_t{4} * (i - 1u))};
    }
    fields[kSourcePort] = {RTE_ACL_FIELD_TYPE_RANGE, 2, kSourcePort, kSourcePort, offsetof(Key, source_port)};
    fields[kSourcePort + 1] = {RTE_ACL_FIELD_TYPE_RANGE, 2, kSourcePort + 1, kSourcePort,
                               offsetof(Key, destination_port)};
  }

  static void set_address(rte_acl_field* fields, const IpAddress& address, uint8_t length) {
    for (int i = 0; i < kWords; i++) {
      rte_be32_t word;
      std::memcpy(&word, address.bytes.data() + size_t{4} * static_cast<size_t>(i), sizeof word);
      fields[i].value.u32 = rte_be_to_cpu_32(word);
      fields[i].mask_range.u32 = static_cast<uint32_t>(std::clamp(length - 32 * i, 0, 32));
    }
  }

  static Rule make(const AccessRule& rule, int32_t priority) {
    Rule made = {};
    made.data = {1, priority, rule.permits ? kPermitted : kDenied};
    made.field[0].value.u8 = rule.protocol;
    made.field[0].mask_range.u8 = rule.protocol_mask;
    set_address(&made.field[1], rule.source, rule.source_length);
    set_address(&made.field[1 + kWords], rule.destination, rule.destination_length);
    made.field[kSourcePort].value.u16 = rule.source_ports[0];
    made.field[kSourcePort].mask_range.u16 = rule.source_ports[1];
    made.field[kSourcePort + 1].value.u16 = rule.destination_ports[0];
    made.field[kSourcePort + 1].mask_range.u16 = rule.destination_ports[1];
    return made;
  }
};

// Of a name that is in use, rte_acl_create would return what has it.
std::string next_name() {
  static uint32_t made = 0;
  return "access_list_" + std::to_string(made++);
}

// The first of them has the highest priority.
template <size_t kAddressBytes>
rte_acl_ctx* build(const std::vector<AccessRule>& rules, bool is_ipv6) {
  using Layout = Layout<kAddressBytes>;
  std::vector<typename Layout::Rule> own;
  for (const AccessRule& rule : rules) {
    if (rule.source.is_ipv6 != is_ipv6) continue;
    own.push_back(Layout::make(rule, RTE_ACL_MAX_PRIORITY - static_cast<int32_t>(own.size())));
  }
  if (own.empty()) return nullptr;

  const std::string name = next_name();
  rte_acl_param parameters = {};
  parameters.name = name.c_str();
  parameters.socket_id = SOCKET_ID_ANY;
  parameters.rule_size = RTE_ACL_RULE_SZ(Layout::kFields);
  parameters.max_rule_num = static_cast<uint32_t>(own.size());
  rte_acl_config config = {};
  config.num_categories = 1;
  config.num_fields = Layout::kFields;
  Layout::define(config.defs);

  rte_acl_ctx* context = rte_acl_create(&parameters);
  int failure = context == nullptr ? -rte_errno : 0;
  if (failure == 0) {
    failure = rte_acl_add_rules(context, reinterpret_cast<const rte_acl_rule*>(own.data()),
                                static_cast<uint32_t>(own.size()));
  }
  if (failure == 0) failure = rte_acl_build(context, &config);
  if (failure == 0) return context;
  rte_acl_free(context);
  throw Error(failure == -ENOMEM ? "NOT_ENOUGH_MEMORY" : "CALL_FAILED",
              "cannot make an access list of " + std::to_string(own.size()) + " rules", failure,
              "rte_acl_build");
}

template <typename Key>
void look_up(const rte_acl_ctx* context, bool otherwise, const Key* keys, bool* permitted, uint16_t count) {
  if (context == nullptr) {
    std::fill_n(permitted, count, otherwise);
    return;
  }
  const uint8_t* data[kBurst];
  uint32_t verdicts[kBurst];
  for (uint16_t i = 0; i < count; i++) data[i] = reinterpret_cast<const uint8_t*>(&keys[i]);
  rte_acl_classify(context, data, verdicts, count, 1);
  for (uint16_t i = 0; i < count; i++) {
    permitted[i] = verdicts[i] == kNoRule ? otherwise : verdicts[i] == kPermitted;
  }
}

}  // namespace

void AccessList::Context::operator()(rte_acl_ctx* context) const { rte_acl_free(context); }

AccessList::AccessList() : current_(new View{nullptr, nullptr, false}), view_(current_.get()) {}

AccessList::~AccessList() = default;

void AccessList::classify(const Ipv4FlowKey* keys, bool* permitted, uint16_t count) const {
  const View& view = *view_.load(std::memory_order_acquire);
  look_up(view.ipv4.get(), view.permits_others, keys, permitted, count);
}

void AccessList::classify(const Ipv6FlowKey* keys, bool* permitted, uint16_t count) const {
  const View& view = *view_.load(std::memory_order_acquire);
  look_up(view.ipv6.get(), view.permits_others, keys, permitted, count);
}

void AccessList::replace(const std::vector<AccessRule>& rules, bool permits_others) {
  ContextPointer ipv4(build<4>(rules, false));
  ContextPointer ipv6(build<16>(rules, true));
  std::unique_ptr<const View> next(new View{std::move(ipv4), std::move(ipv6), permits_others});
  view_.store(next.get(), std::memory_order_release);
  eal::synchronize();
  current_ = std::move(next);
  size_.store(static_cast<uint32_t>(rules.size()), std::memory_order_relaxed);
}

}  // namespace dpdk_node
