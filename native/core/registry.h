// Numbered objects. JavaScript names native objects by these numbers, which are never used twice.
//
// The control thread adds and removes. Other threads may look, but only inside `visit`, so that no object can
// be destroyed on, or kept by, a thread that must not.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "error.h"

namespace dpdk_node {

template <typename T>
class Registry {
 public:
  // `noun` is for the error of a number that names nothing.
  explicit Registry(const char* noun, const char* error_code) : noun_(noun), error_code_(error_code) {}

  uint32_t add(std::shared_ptr<T> object) {
    std::lock_guard lock(mutex_);
    objects_.emplace(next_, std::move(object));
    return next_++;
  }

  std::shared_ptr<T> get(uint32_t id) const {
    std::lock_guard lock(mutex_);
    return find(id);
  }

  template <typename Visitor>
  auto visit(uint32_t id, Visitor visitor) const {
    std::lock_guard lock(mutex_);
    return visitor(*find(id));
  }

  // Nothing happens where the number names nothing (any more).
  std::shared_ptr<T> remove(uint32_t id) {
    std::lock_guard lock(mutex_);
    auto node = objects_.extract(id);
    return node ? std::move(node.mapped()) : nullptr;
  }

  std::vector<std::pair<uint32_t, std::shared_ptr<T>>> all() const {
    std::lock_guard lock(mutex_);
    return {objects_.begin(), objects_.end()};
  }

 private:
  const std::shared_ptr<T>& find(uint32_t id) const {
    const auto found = objects_.find(id);
    if (found == objects_.end()) {
      throw Error(error_code_,
                  std::string("there is no ") + noun_ + " " + std::to_string(id) + " (any more)");
    }
    return found->second;
  }

  const char* noun_;
  const char* error_code_;
  mutable std::mutex mutex_;
  std::map<uint32_t, std::shared_ptr<T>> objects_;
  uint32_t next_ = 1;
};

}  // namespace dpdk_node
