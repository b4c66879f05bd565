// Swaps the Ethernet addresses and sends to one port: testpmd's `macswap`.
#pragma once

#include <rte_ether.h>

#include <cstring>

#include "../burst.h"
#include "../output.h"
#include "action.h"

namespace dpdk_node {

class MacSwap final : public Action {
 public:
  explicit MacSwap(Output& output) : output_(output) {}

  const char* kind() const override { return "macSwap"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
    const uint32_t longest = for_each_header(packets, count, swap_addresses);
    forwarded_.add(count);
    output_.send(packets, count, longest);
    return 0;
  }

  Tallies tallies() const override { return {{"forwarded", &forwarded_}}; }

 private:
  // Both addresses and the two bytes behind them in one register. A buffer has room for those behind the
  // shortest frame, too, and they stay as they are.
  static void swap_addresses(uint8_t* frame) {
    using Bytes = uint8_t __attribute__((vector_size(16)));
    Bytes bytes;
    memcpy(&bytes, frame, sizeof(bytes));
    bytes = __builtin_shufflevector(bytes, bytes, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12, 13, 14, 15);
    memcpy(frame, &bytes, sizeof(bytes));
  }

  Output& output_;
  Counter forwarded_;
};

}  // namespace dpdk_node
