// Compiled into the addon. TensorFlow logs two lines of start-up chatter to stderr while its library is being loaded,
// before any of its own log-level settings is read, so no environment variable silences them. The dynamic linker looks
// a symbol up in the addon before it looks in the library: this MinLogLevel() takes the place of Abseil's, and messages
// below ERROR are dropped at their source. No arithmetic passes here. (docs/decisions/0002-engine-setup.md)
namespace absl {
inline namespace lts_20250814 {
enum class LogSeverityAtLeast : int { kInfo = 0, kWarning = 1, kError = 2, kFatal = 3, kInfinity = 1000 };
__attribute__((visibility("default"))) LogSeverityAtLeast MinLogLevel() { return LogSeverityAtLeast::kError; }
}  // namespace lts_20250814
}  // namespace absl
