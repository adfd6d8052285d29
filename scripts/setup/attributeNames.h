// Compiled into the addon in the place of a std::set<std::string> that tfjs-node fills from every thread without a lock:
// two workers that met a new attribute name at the same moment crashed the process, about one start in twelve.
// The nodes of a set never move, so the name that insert() returns stays good without the lock.
// (docs/decisions/0002-engine-setup.md)
#include <mutex>
#include <set>
#include <string>
#include <utility>

class AttributeNames {
 public:
  std::pair<std::set<std::string>::const_iterator, bool> insert(const char *name) {
    std::lock_guard<std::mutex> guard(lock);
    return names.insert(name);
  }

 private:
  std::mutex lock;
  std::set<std::string> names;
};
