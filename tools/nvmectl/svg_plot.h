// SPDX-License-Identifier: MIT OR Apache-2.0
// Plots as SVG, to be put into a page that has the colours: lines that go in steps, areas, two axes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace nvmectl
{

struct Tick {
	double value = 0;
	std::string label; ///< Plain text.
};

struct Axis {
	double low = 0;
	double high = 1;
	bool logarithmic = false;
	std::vector<Tick> ticks;
};

/// 0 to at least that, with ticks at round numbers that `label` names.
Axis linear_axis(double high, std::string (*label)(double));
/// At least from low to high, with a tick at each power of ten; at 2 and 5 between them if there are fewer decades than
/// fine_below.
Axis logarithmic_axis(double low, double high, std::string (*label)(double), double fine_below);

enum class Shape { line, area };

struct Curve {
	std::string style; ///< A class of the page's.
	Shape shape = Shape::line;
	/// Level from the first x to the second one.
	struct Step {
		double from = 0;
		double to = 0;
		double level = 0;
		std::string note; ///< Shown when the pointer is on it; none if empty.
	};
	std::vector<Step> steps;
};

struct Plot {
	std::string description; ///< For those who cannot see it.
	unsigned width = 520;
	unsigned height = 280;
	Axis x;
	Axis y;
	std::vector<std::string> right; ///< Labels of the ticks of y at the other side, if there are any.
	std::vector<Curve> curves;
};

std::string svg(const Plot &plot);

/// Safe as text and in an attribute.
std::string html_escaped(const std::string &text);

} // namespace nvmectl
