// The one kind of failure that leaves native/core. Thrown on the control thread and in calls from JavaScript
// threads; never on an lcore, where what goes wrong is counted instead.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace dpdk_node {

class Error : public std::runtime_error {
 public:
  // `code` is the stable part of `ERR_DPDK_<code>`, e.g. "PORT_NOT_FOUND".
  Error(std::string code, const std::string& message) : Error(std::move(code), message, 0, "") {}
  // A DPDK call failed. `error_number` may be errno, rte_errno or a negative return value.
  Error(std::string code, const std::string& message, int error_number, std::string call);

  const std::string& code() const { return code_; }
  int error_number() const { return error_number_; }
  const std::string& call() const { return call_; }

 private:
  std::string code_;
  int error_number_;  // positive errno, 0 where there is none
  std::string call_;  // the DPDK function, empty where there is none
};

// Turns DPDK's "negative means error" into an Error, here and nowhere else.
// `result` is passed through so that calls can be wrapped in place.
int check(int result, const char* call, std::string_view what);

}  // namespace dpdk_node
