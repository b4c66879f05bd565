#include "filter.h"

#include <algorithm>
#include <string_view>

#include "error.h"
#include "filter_code.h"
#include "libpcap.h"

namespace dpdk_node {

namespace {

FilterCode compile(const std::string& expression) {
  try {
    return FilterCode(ClassicFilter(expression).code());
  } catch (const Error& error) {
    if (error.code() != "INVALID_FILTER") throw;
    throw Error(error.code(), "'" + expression + "' is not a filter: " + error.what());
  }
}

std::string error_of(const std::string& expression) {
  try {
    const FilterCode code(ClassicFilter(expression).code());
    return "";
  } catch (const Error& error) {
    if (error.code() != "INVALID_FILTER") throw;
    return error.what();
  }
}

// libpcap does not say where. But it reads word by word: as long as it takes the words before, it gets as far as
// this one, which is in no expression.
constexpr const char* kProbe = " 99999999999";

bool is_taken(const std::string& words) {
  return error_of(words + kProbe).find("overflows") != std::string::npos;
}

void locate(const std::string& expression, FilterFault& fault) {
  constexpr std::string_view kSpace = " \t\r\n";
  constexpr std::string_view kAlone = "()[]";
  if (!is_taken("")) return;
  size_t start = expression.find_first_not_of(kSpace);
  while (start != std::string::npos) {
    const bool alone = kAlone.find(expression[start]) != std::string_view::npos;
    const size_t end =
        alone ? start + 1 : std::min(expression.find_first_of(" \t\r\n()[]", start), expression.size());
    if (!is_taken(expression.substr(0, end))) {
      fault.place = start;
      fault.word = expression.substr(start, end - start);
      return;
    }
    start = expression.find_first_not_of(kSpace, end);
  }
  if (fault.message == "syntax error") fault.place = expression.size();
}

}  // namespace

std::optional<FilterFault> Filter::fault_of(const std::string& expression) {
  FilterFault fault = {error_of(expression), std::nullopt, ""};
  if (fault.message.empty()) return std::nullopt;
  locate(expression, fault);
  return fault;
}

Filter::Filter(const std::string& expression, Run run) : code_(compile(expression)) {
  if (run == Run::kCompiled) compiled_ = CompiledFilter::make(code_.instructions());
}

}  // namespace dpdk_node
