// SPDX-License-Identifier: MIT OR Apache-2.0
#include "svg_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace nvmectl
{
namespace
{

constexpr double left_margin = 72;
constexpr double top_margin = 12;
constexpr double bottom_margin = 34;
constexpr double right_margin = 18;
constexpr double right_margin_with_labels = 84;

/// Where on the paper a value is.
class Scale
{
public:
	Scale(const Axis &axis, double from, double to) : axis_(axis), from_(from), to_(to) {}
	double operator()(double value) const
	{
		const double inside = std::clamp(value, axis_.low, axis_.high);
		const double part = axis_.logarithmic ? std::log(inside / axis_.low) / std::log(axis_.high / axis_.low)
						      : (inside - axis_.low) / (axis_.high - axis_.low);
		return from_ + part * (to_ - from_);
	}

private:
	const Axis &axis_;
	double from_;
	double to_;
};

/// The next of 1, 2, 5, 10, 20, 50 ...
double round_step(double at_least)
{
	const double power = std::pow(10, std::floor(std::log10(at_least)));
	for (const double factor : {1.0, 2.0, 5.0}) {
		if (factor * power >= at_least * (1 - 1e-9)) {
			return factor * power;
		}
	}
	return 10 * power;
}

std::string grid(const Plot &plot, const Scale &x, const Scale &y)
{
	const double bottom = y(plot.y.low);
	const double left = x(plot.x.low);
	const double right = x(plot.x.high);
	std::string text;
	for (std::size_t i = 0; i < plot.y.ticks.size(); ++i) {
		const Tick &tick = plot.y.ticks[i];
		const double at = y(tick.value);
		text += fmt::format("<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
				    left, right, at, at);
		text += fmt::format("<text class=\"tick end\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", left - 8, at + 4,
				    html_escaped(tick.label));
		if (i < plot.right.size()) {
			text += fmt::format("<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", right + 8,
					    at + 4, html_escaped(plot.right[i]));
		}
	}
	for (const Tick &tick : plot.x.ticks) {
		const double at = x(tick.value);
		text += fmt::format("<line class=\"mark\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
				    at, at, bottom, bottom + 5);
		text += fmt::format("<text class=\"tick middle\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", at,
				    bottom + 20, html_escaped(tick.label));
	}
	return text + fmt::format("<line class=\"axis\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
				  left, right, bottom, bottom);
}

std::string path_of(const Curve &curve, const Scale &x, const Scale &y, bool with_connections)
{
	std::string path;
	double end = NAN;
	for (const Curve::Step &step : curve.steps) {
		const bool connected = with_connections && std::abs(x(step.from) - end) < 0.5;
		path += fmt::format("{}{:.1f} {:.1f}H{:.1f}", connected ? "L" : "M", x(step.from), y(step.level),
				    x(step.to));
		end = x(step.to);
	}
	return path;
}

std::string area_of(const Curve &curve, const Scale &x, const Scale &y, double bottom)
{
	std::string path;
	for (const Curve::Step &step : curve.steps) {
		path += fmt::format("M{:.1f} {:.1f}V{:.1f}H{:.1f}V{:.1f}Z", x(step.from), bottom, y(step.level),
				    x(step.to), bottom);
	}
	return path;
}

std::string drawn(const Plot &plot, const Curve &curve, const Scale &x, const Scale &y)
{
	std::string text;
	if (curve.shape == Shape::area) {
		text += fmt::format("<path class=\"area {}\" d=\"{}\"/>\n", curve.style,
				    area_of(curve, x, y, y(plot.y.low)));
	} else {
		text += fmt::format("<path class=\"line {}\" d=\"{}\"/>\n", curve.style, path_of(curve, x, y, true));
	}
	for (const Curve::Step &step : curve.steps) {
		if (!step.note.empty()) {
			text += fmt::format("<rect class=\"note\" x=\"{:.1f}\" width=\"{:.1f}\" y=\"{:.1f}\" "
					    "height=\"{:.1f}\"><title>{}</title></rect>\n",
					    x(step.from), std::max(x(step.to) - x(step.from), 1.0), top_margin,
					    y(plot.y.low) - top_margin, html_escaped(step.note));
		}
	}
	return text;
}

} // namespace

Axis linear_axis(double high, std::string (*label)(double))
{
	Axis axis;
	const double step = round_step(std::max(high, 1e-9) / 5);
	axis.high = step * std::ceil(high / step * (1 - 1e-9));
	axis.high = std::max(axis.high, step);
	for (int i = 0; i * step <= axis.high * (1 + 1e-9); ++i) {
		axis.ticks.push_back({i * step, label(i * step)});
	}
	return axis;
}

Axis logarithmic_axis(double low, double high, std::string (*label)(double), double fine_below)
{
	Axis axis;
	axis.logarithmic = true;
	axis.low = std::pow(10, std::floor(std::log10(low * (1 + 1e-9))));
	axis.high = std::pow(10, std::ceil(std::log10(std::max(high, low * 1.001) * (1 - 1e-9))));
	axis.high = std::max(axis.high, axis.low * 10);
	const auto decades = static_cast<int>(std::lround(std::log10(axis.high / axis.low)));
	for (int decade = 0; decade <= decades; ++decade) {
		const double power = axis.low * std::pow(10, decade);
		axis.ticks.push_back({power, label(power)});
		if (decade < decades && decades < fine_below) {
			axis.ticks.push_back({2 * power, label(2 * power)});
			axis.ticks.push_back({5 * power, label(5 * power)});
		}
	}
	return axis;
}

std::string svg(const Plot &plot)
{
	const double right = plot.right.empty() ? right_margin : right_margin_with_labels;
	const Scale x(plot.x, left_margin, plot.width - right);
	const Scale y(plot.y, plot.height - bottom_margin, top_margin);
	std::string text = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", plot.width,
				       plot.height, html_escaped(plot.description));
	text += grid(plot, x, y);
	for (const Curve &curve : plot.curves) {
		text += drawn(plot, curve, x, y);
	}
	return text + "</svg>\n";
}

std::string html_escaped(const std::string &text)
{
	static constexpr std::array<std::pair<char, std::string_view>, 5> entities = {
		{{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}}};
	std::string escaped;
	for (const char letter : text) {
		const auto *const found = std::find_if(entities.begin(), entities.end(),
						       [letter](const auto &one) { return one.first == letter; });
		escaped += found != entities.end() ? std::string(found->second) : std::string(1, letter);
	}
	return escaped;
}

} // namespace nvmectl
