#include "error.h"

#include <rte_errno.h>

#include <cstdlib>

namespace dpdk_node {

namespace {

std::string describe(const std::string& message, int error_number, const std::string& call) {
  std::string text = message;
  if (error_number != 0) text += std::string(": ") + rte_strerror(std::abs(error_number));
  if (!call.empty()) text += " (" + call + ")";
  return text;
}

}  // namespace

Error::Error(std::string code, const std::string& message, int error_number, std::string call)
    : std::runtime_error(describe(message, error_number, call)),
      code_(std::move(code)),
      error_number_(std::abs(error_number)),
      call_(std::move(call)) {}

int check(int result, const char* call, std::string_view what) {
  if (result >= 0) return result;
  // Some calls return -1 and set rte_errno, most return the negative error itself.
  const int error_number = result == -1 && rte_errno != 0 ? rte_errno : -result;
  throw Error("CALL_FAILED", std::string(what), error_number, call);
}

}  // namespace dpdk_node
