// Lets flows pass that an access list permits, and drops the others. What is no IP goes on.
#pragma once

#include <memory>
#include <utility>

#include "../access_list.h"
#include "../output.h"
#include "action.h"

namespace dpdk_node {

class AccessControl final : public Action {
 public:
  explicit AccessControl(std::shared_ptr<AccessList> list) : list_(std::move(list)) {}

  const char* kind() const override { return "acl"; }
  uint16_t process(rte_mbuf** packets, uint16_t count) override;
  Tallies tallies() const override {
    return {
        {"permitted", &permitted_}, {"notIp", &not_ip_}, {"denied", &denied_}, {"badHeader", &bad_header_}};
  }

 private:
  uint16_t process_burst(rte_mbuf** packets, uint16_t count, rte_mbuf** passed);

  const std::shared_ptr<AccessList> list_;
  Counter permitted_;
  Counter not_ip_;
  Counter denied_;
  Counter bad_header_;  // its flow cannot be told
};

}  // namespace dpdk_node
