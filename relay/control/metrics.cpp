#include "relay/control/metrics.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace mxlab::control {
namespace {

// These only ever grow; all other keys go up and down.
constexpr std::array<std::string_view, 16> kCounters = {"queue.bounce",
                                                        "queue.evpcache.load.hit",
                                                        "queue.evpcache.load.missed",
                                                        "queue.evpcache.update.hit",
                                                        "queue.evpcache.update.missed",
                                                        "scheduler.delivery.loop",
                                                        "scheduler.delivery.ok",
                                                        "scheduler.delivery.permfail",
                                                        "scheduler.delivery.tempfail",
                                                        "scheduler.envelope.expired",
                                                        "scheduler.envelope.removed",
                                                        "scheduler.envelope.updated",
                                                        "scheduler.ramqueue.hold-overflow",
                                                        "smtp.session.inet4",
                                                        "smtp.session.inet6",
                                                        "smtp.session.local"};

// What a scraper may rely on from the first moment on, touched or not.
constexpr std::array<std::string_view, 11> kAlways = {"queue.bounce",
                                                      "scheduler.delivery.loop",
                                                      "scheduler.delivery.ok",
                                                      "scheduler.delivery.permfail",
                                                      "scheduler.delivery.tempfail",
                                                      "scheduler.envelope",
                                                      "scheduler.envelope.expired",
                                                      "scheduler.envelope.inflight",
                                                      "scheduler.envelope.removed",
                                                      "smtp.session",
                                                      "smtp.tls"};

bool is_counter(std::string_view key) {
  return std::find(kCounters.begin(), kCounters.end(), key) != kCounters.end();
}

std::string name_of(std::string_view key) {
  std::string name = "mxrelay_";
  for (char c : key) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

std::string escaped(const std::string& label) {
  std::string text;
  for (char c : label) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? ' ' : c;
  }
  return text;
}

void put_counter(std::string& page, const std::string& name, std::string_view help,
                 std::int64_t value) {
  page += fmt::format("# TYPE {0} counter\n# HELP {0} {1}\n{0}_total {2}\n", name, help, value);
}

void put_gauge(std::string& page, const std::string& name, std::string_view help, double value) {
  page += fmt::format("# TYPE {0} gauge\n# HELP {0} {1}\n{0} {2}\n", name, help, value);
}

void put_values(std::string& page, const Counters& counters) {
  auto values = counters.values();
  for (std::string_view key : kAlways) values.try_emplace(std::string(key), 0);
  for (const auto& [key, value] : values) {
    const std::string help = "As mxrelayctl show stats has it under " + key + ".";
    if (is_counter(key))
      put_counter(page, name_of(key), help, value);
    else
      put_gauge(page, name_of(key), help, static_cast<double>(value));
  }
}

/// The totals behind gauges, as mxrelayctl monitor counts them.
void put_totals(std::string& page, const Digest& digest) {
  put_counter(page, "mxrelay_smtp_connects", "Inbound sessions begun.", digest.connects);
  put_counter(page, "mxrelay_smtp_disconnects", "Inbound sessions ended.", digest.disconnects);
  put_counter(page, "mxrelay_envelopes_enqueued", "Envelopes that came into the queue.",
              digest.enqueued);
  put_counter(page, "mxrelay_envelopes_dequeued", "Envelopes that left the queue.",
              digest.dequeued);
}

/// In flight, or waiting: all that the queue holds.
void put_states(std::string& page, const Counters& counters) {
  auto value = [&](const char* key) {
    const auto at = counters.values().find(key);
    return at == counters.values().end() ? 0 : at->second;
  };
  const auto inflight = value("scheduler.envelope.inflight");
  page += fmt::format(
      "# TYPE mxrelay_queue_envelopes gauge\n"
      "# HELP mxrelay_queue_envelopes Envelopes in the queue by state.\n"
      "mxrelay_queue_envelopes{{state=\"inflight\"}} {}\n"
      "mxrelay_queue_envelopes{{state=\"pending\"}} {}\n",
      inflight, value("scheduler.envelope") - inflight);
}

constexpr const char* kDelayHelp = "From the arrival of mail to its delivery.";
constexpr const char* kCommitHelp = "For how long the disk took to make a batch durable.";

/// OpenMetrics wants "1.0", not "1".
std::string bound_text(double bound) {
  std::string text = fmt::format("{}", bound);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

void put_histogram(std::string& page, const std::string& key, const Histogram& histogram) {
  const std::string name = name_of(key) + "_seconds";
  page += fmt::format("# TYPE {0} histogram\n# UNIT {0} seconds\n# HELP {0} {1}\n", name,
                      key == kDelayKey ? kDelayHelp : kCommitHelp);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
    count += histogram.counts()[i];
    page +=
        fmt::format("{}_bucket{{le=\"{}\"}} {}\n", name, bound_text(histogram.bounds()[i]), count);
  }
  count += histogram.counts().back();
  page += fmt::format("{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_count {1}\n{0}_sum {2}\n", name, count,
                      histogram.sum());
}

}  // namespace

std::string metrics_text(const MetricsFacts& facts) {
  std::string page = fmt::format(
      "# TYPE mxrelay_build info\n# HELP mxrelay_build What runs.\n"
      "mxrelay_build_info{{version=\"{}\"}} 1\n",
      escaped(facts.version));
  put_gauge(page, "mxrelay_start_time_seconds", "When it started, Unix time.",
            static_cast<double>(world::epoch_seconds(facts.started)));
  put_gauge(page, "mxrelay_uptime_seconds", "For how long it has run.",
            std::chrono::duration<double>(facts.uptime).count());
  put_values(page, facts.counters);
  put_totals(page, facts.counters.digest());
  put_states(page, facts.counters);
  for (const auto& [key, histogram] : facts.counters.histograms())
    put_histogram(page, key, histogram);
  return page + "# EOF\n";
}

}  // namespace mxlab::control
