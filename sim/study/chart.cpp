#include "sim/study/chart.hpp"

#include <array>
#include <cmath>
#include <fmt/format.h>

namespace mxlab::study {
namespace {
using namespace std::chrono_literals;
using world::Duration;

constexpr double kWidth = 760, kLeft = 66, kRight = 24, kTop = 70, kPlotHeight = 300;
constexpr double kBottom = kTop + kPlotHeight, kPlotWidth = kWidth - kLeft - kRight;
constexpr double kLegendRow = 24, kLegendTop = kBottom + 68;
constexpr std::size_t kLegendColumns = 3;

struct Look {
  std::string_view colour, dash;
};
constexpr std::array<Look, 6> kLooks{{{"#d55e00", "none"},
                                      {"#0082c8", "none"},
                                      {"#009e73", "9 4"},
                                      {"#cc79a7", "2 4"},
                                      {"#e69f00", "12 4 2 4"},
                                      {"#7f7f7f", "5 3"}}};

struct TimeMark {
  Duration at;
  std::string_view text;
};
constexpr std::array<TimeMark, 8> kTimeMarks{{{15min, "15 min"},
                                              {1h, "1 h"},
                                              {4h, "4 h"},
                                              {12h, "12 h"},
                                              {24h, "1 d"},
                                              {60h, "60 h"},
                                              {96h + 24h, "5 d"},
                                              {336h, "14 d"}}};

double x_of(Duration at) {
  static const double least = std::log(900.0), most = std::log(336.0 * 3600);
  const double seconds = std::chrono::duration<double>(at).count();
  return kLeft + kPlotWidth * (std::log(seconds) - least) / (most - least);
}

double y_of(const Chart& chart, double value) {
  return kBottom - kPlotHeight * std::min(value, chart.most) / chart.most;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else
      out += c;
  }
  return out;
}

constexpr std::string_view kStyle =
    "<style>\n"
    "text { font: 13px system-ui, -apple-system, \"Segoe UI\", \"DejaVu Sans\", sans-serif; "
    "fill: #767676 }\n"
    ".title { font-size: 17px; font-weight: 600 }\n"
    ".grid { stroke: #808080; stroke-opacity: .28 }\n"
    ".axis { stroke: #808080 }\n"
    ".curve { fill: none; stroke-width: 2.2; stroke-linejoin: round }\n"
    ".band { fill-opacity: .2; stroke: none }\n"
    "</style>\n";

std::string head(const Chart& chart) {
  const auto rows =
      static_cast<double>((chart.curves.size() + kLegendColumns - 1) / kLegendColumns);
  const double height = kLegendTop + rows * kLegendRow;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
      "height=\"{1:g}\" role=\"img\">\n<title>{2}</title>\n",
      kWidth, height, escaped(chart.title));
  out += kStyle;
  return out + fmt::format(
                   "<text class=\"title\" x=\"{0:g}\" y=\"26\">{1}</text>\n<text x=\"{0:g}\" "
                   "y=\"48\">{2}</text>\n",
                   12.0, escaped(chart.title), escaped(chart.under_title));
}

std::string axes(const Chart& chart) {
  std::string out;
  for (double value = 0; value <= chart.most + chart.step / 100; value += chart.step)
    out += fmt::format(
        "<line class=\"{}\" x1=\"{:g}\" y1=\"{:.1f}\" x2=\"{:g}\" y2=\"{:.1f}\"/>\n"
        "<text x=\"{:g}\" y=\"{:.1f}\" text-anchor=\"end\">{:g}</text>\n",
        value == 0 ? "axis" : "grid", kLeft, y_of(chart, value), kWidth - kRight,
        y_of(chart, value), kLeft - 8, y_of(chart, value) + 4.5, value);
  for (const TimeMark& mark : kTimeMarks)
    out += fmt::format(
        "<line class=\"grid\" x1=\"{0:.1f}\" y1=\"{1:g}\" x2=\"{0:.1f}\" y2=\"{2:g}\"/>\n"
        "<text x=\"{0:.1f}\" y=\"{3:g}\" text-anchor=\"middle\">{4}</text>\n",
        x_of(mark.at), kTop, kBottom + 5, kBottom + 22, mark.text);
  out += fmt::format(
      "<text x=\"{:g}\" y=\"{:g}\" text-anchor=\"middle\">length of the outage (logarithmic)"
      "</text>\n",
      kLeft + kPlotWidth / 2, kBottom + 44);
  return out + fmt::format(
                   "<text transform=\"translate(18 {:g}) rotate(-90)\" text-anchor=\"middle\">{}"
                   "</text>\n",
                   kTop + kPlotHeight / 2, escaped(chart.what));
}

/// Each curve's own shape, as a path around 0 0.
std::string mark(std::size_t curve, double x, double y) {
  constexpr std::array<std::string_view, 6> kShapes{
      "M-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0 -7.2 0z",
      "M-3.3 -3.3h6.6v6.6h-6.6z",
      "M0 -4.4L4.2 3.2H-4.2z",
      "M0 -4.8L4.8 0L0 4.8L-4.8 0z",
      "M0 4.4L4.2 -3.2H-4.2z",
      "M-4.4 -1.3h3.1v-3.1h2.6v3.1h3.1v2.6h-3.1v3.1h-2.6v-3.1h-3.1z"};
  return fmt::format("<path transform=\"translate({:.1f} {:.1f})\" d=\"{}\" fill=\"{}\"/>\n", x, y,
                     kShapes[curve], kLooks[curve].colour);
}

std::string drawn(const Chart& chart, std::size_t number) {
  const Curve& curve = chart.curves[number];
  std::string line, upper, lower, marks;
  for (const Spot& spot : curve.spots) {
    const double x = x_of(spot.at), y = y_of(chart, spot.value);
    line += fmt::format("{:.1f},{:.1f} ", x, y);
    upper += fmt::format("{:.1f},{:.1f} ", x, y_of(chart, spot.high));
    lower = fmt::format("{:.1f},{:.1f} ", x, y_of(chart, spot.low)) + lower;
    marks += mark(number, x, y);
  }
  const Look& look = kLooks[number];
  return fmt::format(
      "<g><title>{}</title>\n<polygon class=\"band\" fill=\"{}\" points=\"{}{}\"/>\n"
      "<polyline class=\"curve\" stroke=\"{}\" stroke-dasharray=\"{}\" points=\"{}\"/>\n{}</g>\n",
      escaped(curve.name), look.colour, upper, lower, look.colour, look.dash, line, marks);
}

std::string legend(const Chart& chart) {
  std::string out;
  for (std::size_t i = 0; i < chart.curves.size(); ++i) {
    const double x = kLeft + kPlotWidth / static_cast<double>(kLegendColumns) *
                                 static_cast<double>(i % kLegendColumns);
    const double y = kLegendTop + kLegendRow * static_cast<double>(i / kLegendColumns);
    out += fmt::format(
        "<line class=\"curve\" stroke=\"{}\" stroke-dasharray=\"{}\" x1=\"{:.1f}\" y1=\"{:g}\" "
        "x2=\"{:.1f}\" y2=\"{:g}\"/>\n",
        kLooks[i].colour, kLooks[i].dash, x, y, x + 34, y);
    out += mark(i, x + 17, y);
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:g}\">{}</text>\n", x + 42, y + 4.5,
                       escaped(chart.curves[i].name));
  }
  return out;
}

}  // namespace

std::string svg_of(const Chart& chart) {
  std::string out = head(chart) + axes(chart);
  // Dashed curves come over solid ones, so that both are seen where they coincide.
  for (std::size_t i = 0; i < chart.curves.size(); ++i) out += drawn(chart, i);
  return out + legend(chart) + "</svg>\n";
}

}  // namespace mxlab::study
