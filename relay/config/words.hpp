// words.hpp - the vocabulary of smtpd.conf(5), and finding the word that was meant.
#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mxlab::config {

/// Words that mean something without quotes, and so cannot be names without them.
bool reserved(std::string_view word);

/// Words that a line may begin with.
std::span<const std::string_view> directives();
bool is_directive(std::string_view word);

using Words = std::span<const std::string_view>;

/// The candidate that is nearest to `word`, if one is near enough to be what was meant; else "".
std::string_view nearest(std::string_view word, Words candidates);

/// `did you mean "tls"?`, or the fallback.
std::string did_you_mean(std::string_view word, Words candidates, std::string fallback = {});

/// "a, b or c".
std::string listed(Words words);

}  // namespace mxlab::config
