// flock(2) for the lock of a run: Node has no call for it. The kernel lets go of such a lock with the process that holds
// it, however that ended, and says so to every container of the machine; a process number says so in one container only.
#include <errno.h>
#include <node_api.h>
#include <sys/file.h>

// flock(descriptor, exclusive): 0 when it is held now, EWOULDBLOCK when somebody else holds it, else another errno.
static napi_value Flock(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  int32_t descriptor = -1;
  bool exclusive = false;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  napi_get_value_int32(env, arguments[0], &descriptor);
  napi_get_value_bool(env, arguments[1], &exclusive);
  int failed;
  do {
    failed = flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
  } while (failed && errno == EINTR);
  napi_value result;
  napi_create_int32(env, failed ? errno : 0, &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "flock", NAPI_AUTO_LENGTH, Flock, nullptr, &function);
  napi_set_named_property(env, exports, "flock", function);
  return exports;
}
